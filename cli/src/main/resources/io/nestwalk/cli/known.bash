# Machines or processes of the analysis that the command line names, or that lies beside the image
# that it names. Reads its reports; no image is opened. What does not look like a machine or a number
# is passed over, for a folder may have come from anywhere.
function _nestwalk_known() {
  local wanted=$1 word previous='' machine='' reports id number rest found=''
  for word in "${COMP_WORDS[@]}"; do
    [ "$word" = '=' ] && continue
    [ "$previous" = '--machine' ] && machine=$word
    previous=$word
  done
  for word in "${COMP_WORDS[@]}"; do
    word=${word//[\"\'\\]/}
    word=${word/#\~\//$HOME/}
    for reports in "$word/reports" "$word.nestwalk/reports"; do
      [ -n "$word" ] && [ -r "$reports/$wanted.csv" ] || continue
      while IFS=, read -r id number rest; do
        [[ $id =~ ^(host|vm[0-9]+)(-[0-9]+)?(\.vm[0-9]+(-[0-9]+)?)*$ ]] || continue
        if [ "$wanted" = machine ]; then
          found="$found $id"
        elif [[ $number =~ ^[0-9]+$ ]] && [[ -z $machine || $machine = "$id" ]]; then
          found="$found $number"
        fi
      done <"$reports/$wanted.csv"
    done
  done
  COMPREPLY=($(compgen -W "$found" -- "${COMP_WORDS[COMP_CWORD]}"))
}

