
# Bash takes words apart at `=` and `:` (COMP_WORDBREAKS), which stand in ids of cases: here they are whole again.
_howitzer() {
    local line="${COMP_LINE:0:COMP_POINT}" blanks piece i
    local -a whole=()
    for ((i = 0; i <= COMP_CWORD; i++)); do
        blanks="${line%%[![:blank:]]*}"
        line="${line#"$blanks"}"
        piece="${COMP_WORDS[i]}"
        ((i == COMP_CWORD)) && piece="$line"
        if ((i == 0)) || [[ -n $blanks ]]; then
            whole+=("$piece")
        else
            whole[${#whole[@]} - 1]+="$piece"
        fi
        line="${line#"$piece"}"
    done
    local typed="${whole[${#whole[@]} - 1]}"
    local -a COMP_WORDS=("${whole[@]}")
    local COMP_CWORD=$((${#whole[@]} - 1))
    _clap_complete_howitzer "$1" "$typed" "$3"
    # Bash puts in place of what stands behind the last break only.
    local before="${typed%"$2"}"
    for i in "${!COMPREPLY[@]}"; do
        piece="${COMPREPLY[i]#"$before"}"
        if [[ $typed != [\"\']* && $piece == *[[:space:]\"\'\;\&\|\<\>\(\)\$\`\\]* ]]; then
            printf -v piece '%q' "$piece"
        fi
        COMPREPLY[i]="$piece"
    done
}
complete -o nospace -o bashdefault -F _howitzer howitzer
