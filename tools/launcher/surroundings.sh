# What the program is told of where it runs: for both launchers.

# Sets and exports the locale. Java takes the coding of file names and arguments from it, and in the C
# locale, in cron or under `env -i` it knows ASCII alone. So the program always runs in a locale with
# UTF-8, and its numbers and messages are the same everywhere.
use_utf8() {
  export LC_ALL
  # The same question of the GNU C library's folders, which needs no process.
  if [ -d /usr/lib/locale/C.utf8 ] || [ -d /usr/lib/locale/C.UTF-8 ]; then
    LC_ALL=C.UTF-8
    return
  fi
  if command -v locale >/dev/null; then
    for name in C.UTF-8 en_US.UTF-8 "${LC_ALL-}" "${LC_CTYPE-}" "${LANG-}"; do
      if [ -n "$name" ] && [ "$( (LC_ALL=$name && export LC_ALL && locale charmap) 2>/dev/null)" = UTF-8 ]; then
        LC_ALL=$name
        return
      fi
    done
    LC_ALL=$(locale -a 2>/dev/null | grep -i -m 1 'utf-*8$')
  fi
  LC_ALL=${LC_ALL:-C.UTF-8} # a system without the command has no other coding
}

# Adds to flags what the program can't find out about the terminal.
tell_terminal() {
  # Progress is for people: Java can't tell whether stderr is a terminal.
  if [ -t 2 ]; then
    flags="$flags -Dnestwalk.terminal=true"
  fi
  # Tables are as wide as the terminal that they go to.
  if [ -t 1 ]; then
    size=$(stty size 2>/dev/null </dev/tty)
    columns=${COLUMNS:-${size#* }}
    case $columns in
      '' | *[!0-9]*) ;;
      *) flags="$flags -Dnestwalk.columns=$columns" ;;
    esac
    # What is longer than the terminal goes to a pager.
    lines=${size%% *}
    case $lines in
      '' | *[!0-9]*) ;;
      *) flags="$flags -Dnestwalk.lines=$lines" ;;
    esac
  fi
}
