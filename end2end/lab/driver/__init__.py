"""The lab's driver: builds the images, starts the containers, breaks them on request, leaves nothing behind.

settings   addresses, credentials, versions, paths: everything a reader may want to look up
console    what the driver says, and how it runs commands
state      what is running now (one JSON file), and whether a recorded process is still that process
build      artefacts keyed by a hash of their inputs, built in parallel, renamed into place when complete
recipes    how each artefact is made
network    network namespaces, bridge, veth pairs
cgroup     a control group for each machine
container  one systemd-nspawn machine: overlay, boot, stop, commands inside
forward    the loopback forwarder (a process of its own)
exports    the disk of the shared storage
lifecycle  up, down, reset
snapshot   save and restore
faults     the switches that make things fail on purpose
rehearse   the role's phases run directly, as proof that the lab is right
cli        arguments and exit codes
"""
