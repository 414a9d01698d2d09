# How the probe asks: every program starts at once and beside all others (`begin`, `beside`), files are read by the one awk at the
# end (`look`), and the rest is the shell's own work (`found`), for starting processes is what a probe takes its time for.
# `software.sh` and `probe.sh`, which follow this, say what it asks.
# shellcheck disable=SC2034,SC2154 # what is used and assigned there

LC_ALL=C
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH
set -f
newline='
'
blanks=' 	
'

have() { command -v "$1" >/dev/null 2>&1; }

# limit SECONDS COMMAND...: for whatever may wait for a network, a daemon or a disk.
limit() { timeout -k 1 "$@"; }

# found NAME STATUS TEXT [SUBJECT]: a section at once.
found() { printf '%s %s %s %s\n%s\n' "$token" "$1" "$2" "${4-}" "$3"; }

# section NAME SUBJECT COMMAND...: the section of a command that is waited for.
section() {
    section_name=$1 section_subject=$2
    shift 2
    section_text=$("$@" 2>/dev/null </dev/null)
    section_status=$?
    found "$section_name" "$section_status" "$section_text" "$section_subject"
}

# begin SECONDS NAME SUBJECT PROGRAM [ARGUMENT...]: starts a program, its output is its section. 0 s: it never waits.
begin() {
    begun_seconds=$1 begun_name=$2 begun_subject=$3
    shift 3
    have "$1" || { found "$begun_name" 127 '' "$begun_subject" && return; }
    begun=$((begun + 1))
    if [ "$begun_seconds" = 0 ]; then
        "$@" >"$room/$begun" 2>/dev/null </dev/null 3>&- &
    else
        timeout -k 1 "$begun_seconds" "$@" >"$room/$begun" 2>/dev/null </dev/null 3>&- &
    fi
    running="$running$begun $! $begun_name $begun_subject$newline"
}

# beside FUNCTION [WORD...]: starts a function that prints sections itself.
beside() {
    begun=$((begun + 1))
    "$@" >"$room/$begun" 2>/dev/null </dev/null 3>&- &
    running="$running$begun $! said $newline"
}

# wait_for LIST: until those of the list that `running` was have ended.
wait_for() {
    IFS=$newline
    # shellcheck disable=SC2086 # a line each
    set -- $1
    IFS=$blanks
    for job; do
        number=${job%% *} job=${job#* }
        process=${job%% *} job=${job#* }
        wait "$process"
        printf 'ended\t%s\t%s\t%s\t%s\n' "${job%% *}" "$room/$number" "$?" "${job#* }" >&3
    done
}

# look HOW NAME 'PATTERN...' [EXPRESSION]: a section made of files, as the awk below knows how.
look() {
    set +f
    # shellcheck disable=SC2086 # the patterns are to be expanded
    for path in $3; do printf '%s\t%s\t%s\t%s\n' "$1" "$2" "$path" "${4-}" >&3; done
    set -f
}

# existing NAME PATTERN...: a section with the paths that exist.
existing() {
    existing_name=$1 existing_paths=''
    shift
    set +f
    for pattern; do
        # shellcheck disable=SC2086
        for path in $pattern; do
            if [ -e "$path" ] || [ -L "$path" ]; then existing_paths=$existing_paths$path$newline; fi
        done
    done
    set -f
    found "$existing_name" 0 "$existing_paths"
}

# Prints what was begun and what was to be looked at. No single quotes below.
# Lines of its input: HOW, NAME, PATH, and STATUS SUBJECT of what has ended or the EXPRESSION to look for.
# shellcheck disable=SC2016 # awk is to expand them
print_all='
BEGIN { FS = "\t" }
function add(line) { text[$2] = text[$2] line "\n"; if (!($2 in status) || status[$2] == 1) status[$2] = 0 }
function print_section(name, state, subject, body) { printf "%s %s %s %s\n%s", token, name, state, subject, body }
function copy(path,   line) { while ((getline line < path) > 0) print line; close(path) }
function wanted(line) { return $1 == "all" || $1 == "start" || $1 == "each" || line ~ $4 }
function proxy(line) { if (tolower(line) ~ $4) { gsub(/\/\/[^@\/]*@/, "//********@", line); add(line) } }
# One getent was asked for all addresses: a section for each.
function reverse(state, subject,   list, count, i, line, words, known) {
    while ((getline line < $3) > 0) { split(line, words, " "); known[words[1]] = known[words[1]] line "\n" }
    count = split(subject, list, " ")
    for (i = 1; i <= count; i++) print_section($2, list[i] in known ? 0 : state == 0 ? 2 : state, list[i], known[list[i]])
}
function processor(   line, first, count, power) {
    first = 1
    while ((getline line < $3) > 0) {
        if (line ~ /^processor/) count++
        if (first) { if (line == "") first = 0; else add(line) }
        if (line ~ /^(platform|model|machine|firmware|MMU)[ \t]*:/) power[++power[0]] = line
    }
    # POWER prints these once, at the end.
    for (line = power[0] > 5 ? power[0] - 4 : 1; line <= power[0]; line++) add(power[line])
    print_section("processors", count ? 0 : 1, "", count + 0 "\n")
}
# What busctl prints: s "public", and a{sv} 9 "short" s "Public" ... "services" as 2 "ssh" "cockpit" "ports" a(ss) 1 "9090" "tcp" ...
# The even fields stand in quotes; behind a key come its type and the number of its values.
function firewall(state,   line, field, count, i, type, values) {
    print_section("firewall", state, "", state == 0 ? zone "\n" : "")
    getline line < $3
    gsub(/\\"/, "", line)
    count = split(line, field, "\"")
    for (i = 2; i < count; i += 2) {
        if (field[i + 1] !~ /^ a/) continue
        line = "  " field[i] ":"
        split(field[i + 1], type, " ")
        for (values = type[2] * (type[1] == "a(ss)" ? 2 : 1); values > 0; values--) {
            i += 2
            line = line (type[1] == "a(ss)" && values % 2 ? "/" : " ") field[i]
        }
        print line
    }
}
$1 == "ended" && $2 == "said" { copy($3); next }
$1 == "ended" && $2 == "firewall-zone" { getline zone < $3; gsub(/^s |"/, "", zone); next }
$1 == "ended" && $2 == "firewall" { firewall($4); next }
$1 == "ended" && $2 ~ /^reverse/ { reverse($4, $5); next }
# A ping that was stopped had no answer.
$1 == "ended" && $2 == "ping" && ($4 == 124 || $4 == 137) { $4 = 1 }
$1 == "ended" { print_section($2, $4, $5, ""); copy($3); next }
{
    if (!($2 in text)) { order[++sections] = $2; text[$2] = "" }
    if ($1 == "processor") { processor(); next }
    if ($3 == "-") { for (line in ENVIRON) proxy(line "=" ENVIRON[line]); next }
    number = 0
    while ((got = (getline line < $3)) > 0) {
        if ($1 == "proxies") { proxy(line); continue }
        if (!wanted(line)) continue
        if ($1 == "having") { add($3); break }
        if ($1 == "start" && ++number > 3) break
        add($1 == "each" ? $3 ":" line : line)
    }
    if (got < 0 && !($2 in status && $1 ~ /^(all|having|proxies)$/)) status[$2] = $1 ~ /^(all|start)$/ ? 1 : 2
    else if (!($2 in status)) status[$2] = $1 ~ /^(all|start|proxies)$/ ? 0 : 1
    close($3)
}
END { for (i = 1; i <= sections; i++) print_section(order[i], status[order[i]], "", text[order[i]]) }
'
