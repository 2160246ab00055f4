# Which of the JVM's compilers a command is run with: for both launchers, the one of a checkout and
# that of a package.
#
# A JVM's second compiler pays where work is long: in servers, on large images, for expressions and
# for digests. A shorter question is answered sooner without it.

# Prints options for the JVM. $1: its version. The rest: the command line.
compiler_flags() {
  version=$1
  shift
  # In KiB, of what a file stores: the second compiler from so much on ...
  least=4194304
  # ... and from this to that.
  from=0
  to=-1
  second=
  case ${1-} in
    analyze | index)
      least=16777216
      # Putting less code in its callers' place, and compiling only what runs three times as often as
      # usual, costs less than it gains.
      second='-XX:FreqInlineSize=120 -XX:MaxInlineLevel=6 -XX:CompileThresholdScaling=3'
      digested "$@"
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
  before=
  for word; do
    stored=0
    case $before in
      # Where the answer goes says nothing of the image.
      -o | --output | --into) word= ;;
    esac
    before=$word
    if [ -f "$word" ]; then
      # Holes are not read: what is stored counts.
      stored=$(du -Lk -- "$word" 2>/dev/null)
      stored=${stored%%[!0-9]*}
    elif [ -d "$word" ]; then
      # Parts of an image, or an analysis of one.
      stored=$from
    fi
    if [ "${stored:-0}" -ge $least ] || { [ "${stored:-0}" -ge $from ] && [ "${stored:-0}" -le $to ]; }; then
      [ -z "$second" ] || echo "$second"
      return
    fi
  done
  echo -XX:TieredStopAtLevel=1
  # The first compiler works beside it, so what runs often is given to it early; what rehearsals ran
  # often is not compiled for that.
  case $version in
    25 | 25.*) echo -XX:+UnlockDiagnosticVMOptions -XX:-AOTReplayTraining -XX:CompileThresholdScaling=0.6 ;;
  esac
}

# Sets from which size to which an analysis makes a SHA-256 that takes longer without the second
# compiler than all else: of up to 1 GiB unless it is told.
digested() {
  [ "$1" = analyze ] || return 0
  from=65536
  to=1048576
  for word; do
    case $word in
      --sha256) from=0 && to=$least ;;
      --no-sha256) to=-1 ;;
    esac
  done
}
