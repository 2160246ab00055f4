# Machines or processes of the analysis that the command line names, or that lies beside the image
# that it names. Reads its reports; no image is opened. What does not look like a machine or a number
# is passed over, for a folder may have come from anywhere.
function __nestwalk_known --argument-names wanted
    set -l words (commandline -opc)
    set -l machine ''
    set -l previous ''
    for word in $words
        if test "$previous" = --machine
            set machine $word
        else if string match -q -- '--machine=*' $word
            set machine (string replace -- --machine= '' $word)
        end
        set previous $word
    end
    for word in $words
        set word (string replace -r -- '^~/' "$HOME/" $word)
        for reports in "$word/reports" "$word.nestwalk/reports"
            test -n "$word" -a -r "$reports/$wanted.csv"; or continue
            while read -l line
                set -l fields (string split -m 2 -- , $line) ''
                string match -qr -- '^(host|vm[0-9]+)(-[0-9]+)?(\.vm[0-9]+(-[0-9]+)?)*$' $fields[1]; or continue
                if test "$wanted" = machine
                    echo $fields[1]
                else if string match -qr -- '^[0-9]+$' $fields[2]
                    and contains -- "$machine" '' $fields[1]
                    echo $fields[2]
                end
            end <"$reports/$wanted.csv"
        end
    end
end

