"""A stand-in for ovirt-engine's REST API: the resources and behaviours that deploying a hosted engine really uses.

xml        small elements, quickly written
store      collections of resources, kept on disk
search     the `search=` language, as far as it is asked
birth      what a fresh engine contains
hosts      adding a host, iSCSI discovery and login on it
storage    storage domains, disks, OVF stores
machines   virtual machines and what hangs on them
remote     calling a host over SSH
sso        tokens
switches   fault switches and the slow factor of the lab
server     HTTP: paths to collections, items and actions
"""
