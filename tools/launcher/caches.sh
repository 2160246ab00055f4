# From which of the JVM's caches of loaded and linked classes a command starts: for both launchers.
# Every class in a cache costs the start, so there is one for each kind of command; what is in it is
# what Rehearsal runs.

# Sets kind. The arguments: the command line.
kind_of() {
  case ${1---help} in
    --help | -h | --version | -V | help) kind=start ;;
    analyze | index | report | serve | diff | yara | find) kind=work ;;
    search) kind=search ;;
    info | machines | ps | maps | translate | read) kind=question ;;
    *) kind=list ;;
  esac
  case $kind in
    question | list)
      case " $* " in
        *json\ *) kind=json ;;
      esac
      ;;
  esac
}
