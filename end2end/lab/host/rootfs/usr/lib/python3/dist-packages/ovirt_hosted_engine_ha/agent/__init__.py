"""The agent of ovirt-hosted-engine-ha; its program is the stand-in hosted-engine."""
