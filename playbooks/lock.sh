#!/bin/sh
# One deployment a host at a time. The lock is a symbolic link, so that taking it and saying whose it is are one act.
#   lock.sh take RUN WHO [over]   prints: taken | held RUN WHO (nobody runs) | busy RUN WHO (a phase of it runs)
#   lock.sh release RUN
set -u
lock=/var/lib/hosted-deploy/lock
mkdir -p /var/lib/hosted-deploy
case $1 in
    take)
        ln -s "$2 $3" "$lock" 2>/dev/null
        owner=$(readlink "$lock")
        if [ "${owner%% *}" = "$2" ]; then echo taken; exit 0; fi
        if systemctl list-units --no-legend --plain --state=active,activating,deactivating \
            "hosted-deploy-${owner%% *}-*" | grep -q .; then
            echo "busy $owner"
        elif [ "${4:-}" = over ]; then
            rm -f "$lock"
            ln -s "$2 $3" "$lock" && echo taken
        else
            echo "held $owner"
        fi
        ;;
    release)
        case $(readlink "$lock") in "$2 "*) rm -f "$lock" ;; esac
        ;;
esac
