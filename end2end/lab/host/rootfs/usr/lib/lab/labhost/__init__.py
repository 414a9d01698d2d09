"""What stands below the role on a lab host, in place of libvirt, VDSM, libguestfs and the HA daemons.

console        running commands, printing errors as the real tools do
switches       fault switches and the slow factor, set from outside the lab
domain         the "virtual machines": definitions, start, stop; a machine is a container booted from a disk image
machine        what the unit lab-vm@NAME runs before and after such a container
images         looking into disk images
nat            libvirt's network `default`: bridge, DHCP, NAT
bridge         VDSM's management bridge, which takes over the host's address
storage        connecting storage, storage domains and their images
vdsm           the verbs that the engine calls over SSH
cluster        what the HA daemons know: deployed or not, maintenance, state of the engine VM
ha_agent       the loop that keeps the engine VM running
resume         brings all of it back when a saved lab boots
*_command      the command lines of virsh, virt-install, guestfish, vdsm-client, hosted-engine, iscsiadm, ovirt-hosted-engine-cleanup …
"""
