"""What a fresh engine contains: the data center and cluster `Default`, the management network, the template `Blank`.

The cluster carries everything that the Ansible modules read without asking whether it is there.
"""

from .store import Store
from .xml import fromstring, node

BLANK = "00000000-0000-0000-0000-000000000000"

CLUSTER = """<cluster>
  <name>Default</name>
  <version><major>4</major><minor>7</minor></version>
  <cpu><architecture>x86_64</architecture><type>Secure Intel Nehalem Family</type></cpu>
  <virt_service>true</virt_service><gluster_service>false</gluster_service>
  <ballooning_enabled>true</ballooning_enabled><bios_type>q35_sea_bios</bios_type>
  <ksm><enabled>true</enabled><merge_across_nodes>true</merge_across_nodes></ksm>
  <fencing_policy>
    <enabled>true</enabled><skip_if_sd_active><enabled>false</enabled></skip_if_sd_active>
    <skip_if_connectivity_broken><enabled>false</enabled><threshold>50</threshold></skip_if_connectivity_broken>
    <skip_if_gluster_bricks_up>false</skip_if_gluster_bricks_up>
    <skip_if_gluster_quorum_not_met>false</skip_if_gluster_quorum_not_met>
  </fencing_policy>
  <error_handling><on_error>migrate</on_error></error_handling>
  <migration>
    <auto_converge>inherit</auto_converge><compressed>inherit</compressed><encrypted>inherit</encrypted>
    <bandwidth><assignment_method>auto</assignment_method></bandwidth>
  </migration>
  <memory_policy><over_commit><percent>100</percent></over_commit></memory_policy>
  <required_rng_sources><required_rng_source>urandom</required_rng_source></required_rng_sources>
  <firewall_type>firewalld</firewall_type><switch_type>legacy</switch_type><threads_as_cores>false</threads_as_cores>
  <trusted_service>false</trusted_service><ha_reservation>false</ha_reservation>
  <maintenance_reason_required>false</maintenance_reason_required><optional_reason>false</optional_reason>
</cluster>"""


def fill(store: Store) -> None:
    """Makes the first content and keeps it."""
    addresses = store.add("macpools", node("mac_pool", name="Default"))
    policy = store.add("schedulingpolicies", node("scheduling_policy", name="none"))
    center = store.add("datacenters", node(
        "data_center", node("version", major=4, minor=7), name="Default", status="uninitialized", local="false",
        storage_format="v5", quota_mode="disabled"))
    center.append(store.reference("macpools", addresses))
    cluster = store.add("clusters", fromstring(CLUSTER))
    cluster.append(store.reference("macpools", addresses))
    cluster.append(store.reference("schedulingpolicies", policy))
    cluster.append(store.reference("datacenters", center))
    network = store.add("networks", node("network", name="ovirtmgmt"))
    network.append(store.reference("datacenters", center))
    store.collections[f"clusters/{cluster.get('id')}/networks"] = [network]
    store.collections[f"datacenters/{center.get('id')}/networks"] = [network]
    profile = store.add("vnicprofiles", node("vnic_profile", name="ovirtmgmt"))
    profile.append(store.reference("networks", network))
    store.add("templates", node(
        "template", node("cpu", node("topology", cores=1, sockets=1, threads=1), architecture="x86_64"),
        node("os", type="other"), name="Blank"), BLANK)
    store.event(1, "normal", "Starting oVirt Engine.")
    store.save()
