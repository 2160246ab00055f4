# Which of the JVM's compilers a command is run with: for both launchers, the one of a checkout and
# that of a package.
#
# A JVM's second compiler pays where work is long: in servers, for an index, on large images. A
# shorter question is answered sooner without it.

# Prints options for the JVM. $1: its version. The rest: the command line.
compiler_flags() {
  version=$1
  shift
  least=4194304 # in KiB: from 4 GiB on
  case ${1-} in
    analyze | index)
      # A third of such a run is that compiler's work; putting less code in its callers' place, and
      # compiling only what runs three times as often as usual, costs it less: the whole is sooner done.
      echo -XX:FreqInlineSize=120 -XX:MaxInlineLevel=6 -XX:CompileThresholdScaling=3
      return
      ;;
    serve | gdb) return ;;
    # Looks at most bytes once, if at all, and is answered from what was seen the next time.
    info | machines | translate | read | ps | maps) least=33554432 ;;
    # The first compiler's code finds bytes fast enough, but not expressions, which a file of patterns
    # may hold too.
    find)
      least=16777216
      for word; do
        case $word in
          --regex* | --patterns*) least=4194304 ;;
        esac
      done
      ;;
  esac
  for word; do
    if [ -f "$word" ]; then
      # Holes are not read: what is stored counts.
      stored=$(du -Lk -- "$word" 2>/dev/null)
      stored=${stored%%[!0-9]*}
      [ "${stored:-0}" -lt $least ] || return
    fi
  done
  echo -XX:TieredStopAtLevel=1
  # The first compiler works beside it, so what runs often is given to it early; what rehearsals ran
  # often is not compiled for that.
  case $version in
    25 | 25.*) echo -XX:+UnlockDiagnosticVMOptions -XX:-AOTReplayTraining -XX:CompileThresholdScaling=0.6 ;;
  esac
}
