"""The lab's checks of itself, run by `selftest`.

table      one row a check, the closing line
building   what an aborted or concurrent build leaves; needs no running lab
traces     what the lab leaves on this machine
running    up, the forwarder, save and restore
faulty     each fault switch, seen from host1
ending     down, from every state
"""
