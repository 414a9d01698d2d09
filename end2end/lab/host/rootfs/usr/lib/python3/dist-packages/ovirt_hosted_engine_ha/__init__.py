"""What the role asks of ovirt-hosted-engine-ha: its version."""
