#!/bin/sh
# Puts the templates into Satellite. Read it, set the four names, then:  sh setup.sh
# The parameter rhvh_image says where the image's files are: vmlinuz, initrd.img, squashfs.img and tree/.
set -eu
OS=${OS:-'RedHat 8.6'}
HOSTGROUP=${HOSTGROUP:-rhvh}
ORGANIZATION=${ORGANIZATION:-'Default Organization'}
LOCATION=${LOCATION:-'Default Location'}

hammer template create --name 'hosted-deploy rhvh PXELinux' --type PXELinux --file pxelinux.erb --operatingsystems "$OS" --organizations "$ORGANIZATION" --locations "$LOCATION"
hammer template info --name 'hosted-deploy rhvh PXELinux' >/dev/null && hammer os set-default-template --id "$(hammer --output base --no-headers os info --title "$OS" --fields Id)" --provisioning-template-id "$(hammer --output base --no-headers template info --name 'hosted-deploy rhvh PXELinux' --fields Id)"
hammer template create --name 'hosted-deploy rhvh PXEGrub2' --type PXEGrub2 --file pxegrub2.erb --operatingsystems "$OS" --organizations "$ORGANIZATION" --locations "$LOCATION"
hammer template info --name 'hosted-deploy rhvh PXEGrub2' >/dev/null && hammer os set-default-template --id "$(hammer --output base --no-headers os info --title "$OS" --fields Id)" --provisioning-template-id "$(hammer --output base --no-headers template info --name 'hosted-deploy rhvh PXEGrub2' --fields Id)"
hammer template create --name 'hosted-deploy rhvh iPXE' --type iPXE --file ipxe.erb --operatingsystems "$OS" --organizations "$ORGANIZATION" --locations "$LOCATION"
hammer template info --name 'hosted-deploy rhvh iPXE' >/dev/null && hammer os set-default-template --id "$(hammer --output base --no-headers os info --title "$OS" --fields Id)" --provisioning-template-id "$(hammer --output base --no-headers template info --name 'hosted-deploy rhvh iPXE' --fields Id)"
hammer template create --name 'hosted-deploy rhvh provision' --type provision --file provision.erb --operatingsystems "$OS" --organizations "$ORGANIZATION" --locations "$LOCATION"
hammer template info --name 'hosted-deploy rhvh provision' >/dev/null && hammer os set-default-template --id "$(hammer --output base --no-headers os info --title "$OS" --fields Id)" --provisioning-template-id "$(hammer --output base --no-headers template info --name 'hosted-deploy rhvh provision' --fields Id)"
hammer medium create --name 'hosted-deploy rhvh' --path 'http://192.0.2.1:8080/files/image1/tree' --os-family Redhat --organizations "$ORGANIZATION" --locations "$LOCATION"
hammer hostgroup set-parameter --hostgroup "$HOSTGROUP" --name rhvh_image --value 'http://192.0.2.1:8080/files/image1'
