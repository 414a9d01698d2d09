//! The engine in the VM.

use super::{Field, Kind, Section, Step};

pub(super) const SECTIONS: &[Section] = &[
    Section {
        step: Step::Engine,
        title: ("Administrator", "管理者"),
        advanced: false,
        fields: &[Field::new(
            "engine.admin_password",
            Kind::Secret { twice: true },
            "Admin portal password",
            "管理ポータルのパスワード",
        )
        .required()
        .help("Of the engine's administrator (admin).", "エンジンの管理者 (admin) のもの。")],
    },
    Section {
        step: Step::Engine,
        title: ("Notifications by mail", "メールによる通知"),
        advanced: false,
        fields: &[
            Field::text("engine.smtp_server", "SMTP server", "SMTP サーバー").default("localhost").help(
                "As the host reaches it; localhost is the host itself.",
                "ホストから到達できるもの。localhost はホスト自身です。",
            ),
            Field::new("engine.smtp_port", Kind::Number { most: 65535, unit: "" }, "SMTP port", "SMTP ポート")
                .default("25"),
            Field::text("engine.mail_sender", "Sender address", "送信者のアドレス").default("root@localhost"),
            Field::new("engine.mail_recipients", Kind::Lines, "Recipient addresses", "宛先のアドレス")
                .default("root@localhost")
                .help("One in a line, at most three.", "一行に一つずつ、最大 3 つ。"),
        ],
    },
    Section {
        step: Step::Engine,
        title: ("Data center, cluster, login", "データセンター、クラスター、ログイン"),
        advanced: true,
        fields: &[
            Field::switch("engine.keycloak", true, "Use Keycloak for logins", "ログインに Keycloak を使う"),
            Field::text("engine.data_center", "Data center", "データセンター").default("Default"),
            Field::text(
                "engine.data_center_compatibility_version",
                "Compatibility version of the data center",
                "データセンターの互換バージョン",
            )
            .help("Such as 4.7. Left empty, the engine's newest.", "4.7 など。空の場合はエンジンの最新。"),
            Field::text("engine.cluster", "Cluster", "クラスター").default("Default"),
            Field::text(
                "engine.cluster_compatibility_version",
                "Compatibility version of the cluster",
                "クラスターの互換バージョン",
            )
            .help("Such as 4.7. Left empty, the engine's newest.", "4.7 など。空の場合はエンジンの最新。"),
            Field::text("engine.cluster_cpu_type", "CPU type of the cluster", "クラスターの CPU タイプ")
                .help("As the engine names it. Left empty, it is detected.", "エンジンでの名前。空の場合は自動検出。"),
            Field::switch(
                "advanced.gluster_service",
                false,
                "Switch on the Gluster service of the cluster",
                "クラスターの Gluster サービスを有効にする",
            ),
            Field::switch(
                "advanced.libgfapi",
                false,
                "Let VMs reach Gluster volumes through libgfapi",
                "VM が libgfapi で Gluster ボリュームに接続できるようにする",
            ),
        ],
    },
    Section {
        step: Step::Engine,
        title: ("Passwords of the databases", "データベースのパスワード"),
        advanced: true,
        fields: &[
            Field::new(
                "engine.db_password",
                Kind::Secret { twice: true },
                "Engine database password",
                "エンジンのデータベースのパスワード",
            )
            .help("Left empty, engine-setup makes one.", "空の場合は engine-setup が作成します。"),
            Field::new(
                "engine.dwh_db_password",
                Kind::Secret { twice: true },
                "Data Warehouse database password",
                "Data Warehouse のデータベースのパスワード",
            )
            .help("Left empty, engine-setup makes one.", "空の場合は engine-setup が作成します。"),
        ],
    },
];
