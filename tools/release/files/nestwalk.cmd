@echo off
rem Starts an installed Nestwalk on Windows with the JDK 25 that JAVA_HOME or PATH names.
setlocal
set "HOME_DIR=%~dp0.."
set "JAVA=java"
if defined JAVA_HOME set "JAVA=%JAVA_HOME%\bin\java"
if exist "%HOME_DIR%\runtime\bin\java.exe" set "JAVA=%HOME_DIR%\runtime\bin\java"
"%JAVA%" "@%HOME_DIR%\lib\jvm.options" %NESTWALK_JAVA_OPTS% -jar "%HOME_DIR%\lib\nestwalk.jar" %*
exit /b %ERRORLEVEL%
