//! A commented profile to begin with.

use super::ProfileKind;
use hosted_deploy_model::lang::Lang;

/// A profile of this kind with every field; what is commented out is optional. `image` is put in where it is known.
pub fn template(kind: ProfileKind, image: Option<&str>, lang: Lang) -> String {
    let mut text = String::new();
    let mut add = |en: &str, ja: &str, line: &str| {
        if !en.is_empty() {
            text.push_str(&format!("# {}\n", lang.pick(en, ja)));
        }
        text.push_str(line);
        text.push('\n');
    };
    add("How machines are installed over the network.", "ネットワークインストールの設定。", "version = 1");
    add("What is installed.", "インストールする製品。", &format!("kind = \"{}\"", kind.word()));
    if kind != ProfileKind::Custom {
        let image = image.unwrap_or("IMAGE");
        add(
            "The image: hosted-deploy pxe image import FILE.iso, then its name.",
            "イメージ名 (hosted-deploy pxe image import FILE.iso で取り込みます)。",
            &format!("image = \"{image}\""),
        );
    }
    add("A sentence for lists and menus.", "一覧とメニューに表示する説明。", "# description = \"\"");
    add("", "", "\n[boot]");
    add(
        "ipxe; pxelinux (BIOS only); grub for Secure Boot.",
        "ipxe、pxelinux (BIOS のみ)、grub (セキュアブート)。",
        "# loader = \"ipxe\"",
    );
    add("More arguments for the installer's kernel.", "インストーラーのカーネル引数。", "# kernel_arguments = []");
    add("… and for the installed system's.", "インストール後のカーネル引数。", "# installed_kernel_arguments = []");
    add("A serial console for both.", "両方で使うシリアルコンソール。", "# serial_console = \"ttyS0,115200\"");
    add(
        "off, intel, amd or both: device assignment.",
        "off、intel、amd、both (デバイス割り当て)。",
        "# iommu = \"off\"",
    );
    add(
        "An installation begun so often counts as failed.",
        "インストールをこの回数開始しても終わらなければ失敗とみなします。",
        "# attempts = 3",
    );
    add(
        "Minutes until the kickstart is fetched, and until the end.",
        "キックスタート取得まで、および完了までの制限時間 (分)。",
        "# boot_minutes = 15\n# install_minutes = 90",
    );
    add("", "", "\n[system]");
    add("", "", "# language = \"en_US.UTF-8\"\n# keyboard = \"us\"\n# time_zone = \"Etc/UTC\"\n# time_servers = []");
    add(
        "Crypted, as `openssl passwd -6` prints it; or { file = \"/path\" }.",
        "`openssl passwd -6` の出力、または { file = \"/path\" }。",
        "# root_password = \"$6$…\"",
    );
    add(
        "Lines of .pub files; the keys that may log in as root.",
        "root でログインできる公開鍵 (.pub ファイルの行)。",
        "ssh_keys = []",
    );
    add("Commands at the end of the installation.", "インストールの最後に実行するコマンド。", "# commands = []");
    add("", "", "\n[network]");
    add(
        "dhcp, or static: the node's address is written down, with the values below.",
        "dhcp または static (ノードのアドレスを固定で設定し、以下の値を使います)。",
        "# mode = \"dhcp\"\n# prefix = 24\n# gateway = \"192.0.2.1\"\n# dns = [\"192.0.2.53\"]",
    );
    add(
        "A node node1 becomes node1.DOMAIN.",
        "ノード node1 は node1.DOMAIN になります。",
        "# domain = \"example.com\"",
    );
    add(
        "Default: the card that the machine boots from. Bond and VLAN must be there before the deployment.",
        "既定値は起動に使ったカード。ボンドと VLAN はデプロイ前に必要です。",
        "# device = \"ens1f0\"\n# vlan = 120\n# bond = [\"ens1f0\", \"ens1f1\"]\n# bond_options = \"mode=active-backup,miimon=100\"",
    );
    if kind.is_anaconda() {
        add("", "", "\n[disk]");
        add(
            "All disks where none is named. THEY ARE ERASED.",
            "指定がなければすべてのディスク。内容は消去されます。",
            "# drives = [\"sda\"]",
        );
        add(
            "automatic (advised) or custom with volumes.",
            "automatic (推奨) または custom (volumes を指定)。",
            "# partitioning = \"automatic\"\n# reserved_percent = 20\n# [[disk.volumes]]\n# mount = \"/var\"\n# size_mib = 15360\n# grow = true\n# filesystem = \"xfs\"",
        );
        add("", "", "\n[registration]");
        add(
            "nobody, customer-portal or satellite (then server = the Satellite's name).",
            "nobody、customer-portal、satellite (server に Satellite の名前)。",
            "# with = \"nobody\"\n# organization = \"\"\n# activation_key = { file = \"/path\" }\n# server = \"satellite.example.com\"\n# repositories = []",
        );
    }
    if kind == ProfileKind::El {
        add("", "", "\n[packages]");
        add("", "", "# install = [\"@^minimal-environment\"]\n# repositories = []\n# release_packages = []");
    }
    if kind == ProfileKind::Esxi {
        add("", "", "\n[esxi]");
        add(
            "You agree to VMware's licence.",
            "VMware のライセンスに同意します。",
            "accept_eula = false\n# enable_ssh = false",
        );
    }
    if kind == ProfileKind::Custom {
        add("", "", "\n[custom]");
        add(
            "URLs, or names below /files/. {name} {mac} {address} {http} {kickstart} {built} are replaced.",
            "URL または /files/ 以下の名前。{name} {mac} {address} {http} {kickstart} {built} は置き換えられます。",
            "kernel = \"http://…/vmlinuz\"\ninitrds = [\"http://…/initrd.img\"]\narguments = []",
        );
    }
    text
}
