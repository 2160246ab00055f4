@echo off
rem Starts an installed Nestwalk on Windows: with the Java run time beside it, else with the one that
rem JAVA_HOME or PATH names. A bare name would be looked for in the current folder first, and that
rem may hold evidence.
setlocal
set "HOME_DIR=%~dp0.."
set "JAVA=%HOME_DIR%\runtime\bin\java.exe"
if not exist "%JAVA%" if defined JAVA_HOME set "JAVA=%JAVA_HOME:"=%\bin\java.exe"
if not exist "%JAVA%" for %%I in (java.exe) do set "JAVA=%%~$PATH:I"
if not exist "%JAVA%" (
  >&2 echo nestwalk: needs a Java run time 25 or newer and found none: install one or set JAVA_HOME
  exit /b 3
)
set PROGRAM=-jar "%HOME_DIR%\lib\nestwalk.jar"
if defined NESTWALK_PLUGINS set PROGRAM=-cp "%HOME_DIR%\lib\nestwalk.jar;%NESTWALK_PLUGINS%" io.nestwalk.cli.Nestwalk
"%JAVA%" "@%HOME_DIR%\lib\jvm.options" %NESTWALK_JAVA_OPTS% %PROGRAM% %*
exit /b %ERRORLEVEL%
