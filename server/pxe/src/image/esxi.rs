//! ESXi's `boot.cfg`: the kernel and the modules that the loader fetches, relative to a prefix.
//!
//! The loader has no HTTP unless iPXE or the firmware's HTTP boot brought it: started by TFTP it asks TFTP for a file
//! of whatever name a URL in `prefix` is. So the prefix is a URL only where HTTP brought the loader.

/// The file, key by key, in its order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BootCfg(Vec<(String, String)>);

impl BootCfg {
    /// Reads `key=value` lines; nothing where there is no `kernel` or no `modules`.
    pub fn parse(text: &str) -> Option<Self> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let pairs: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once('='))
            .map(|(key, value)| (key.trim().to_owned(), value.trim().to_owned()))
            .collect();
        let file = Self(pairs);
        (file.get("kernel").is_some() && file.get("modules").is_some()).then_some(file)
    }

    /// A key's value.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// Kernel and modules, without the slash that a CD's file has in front.
    pub fn files(&self) -> Vec<&str> {
        let modules = self.get("modules").unwrap_or_default().split("---");
        let files = self.get("kernel").into_iter().chain(modules);
        files.map(|file| file.trim().trim_start_matches('/')).filter(|file| !file.is_empty()).collect()
    }

    /// The same file for a boot over the network: names relative to `prefix`, and these options for the kernel.
    pub fn for_network(&self, prefix: &str, options: &str) -> String {
        let mut text = String::new();
        for (key, value) in &self.0 {
            match key.as_str() {
                "prefix" => {}
                "kernelopt" => text.push_str(&format!("kernelopt={options}\n")),
                "kernel" => text.push_str(&format!("kernel={}\n", value.trim_start_matches('/'))),
                "modules" => {
                    let modules: Vec<&str> = self.files().into_iter().skip(1).collect();
                    text.push_str(&format!("modules={}\n", modules.join(" --- ")));
                }
                _ => text.push_str(&format!("{key}={value}\n")),
            }
        }
        if self.get("kernelopt").is_none() {
            text.push_str(&format!("kernelopt={options}\n"));
        }
        format!("{text}prefix={prefix}\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CD: &str = "bootstate=0\ntitle=Loading ESXi installer\ntimeout=5\nprefix=\nkernel=/b.b00\n\
                      kernelopt=runweasel cdromBoot\nmodules=/jumpstrt.gz --- /useropts.gz --- /k.b00\nbuild=8.0.2-0.0.22380479\nupdated=0\n";

    #[test]
    fn names_lose_their_slash_and_the_prefix_is_set() {
        let file = BootCfg::parse(CD).unwrap();
        assert_eq!(file.files(), ["b.b00", "jumpstrt.gz", "useropts.gz", "k.b00"]);
        let text = file.for_network("http://192.0.2.1/files/esxi/tree", "runweasel ks=http://192.0.2.1/ks/1");
        assert_eq!(
            text,
            "bootstate=0\ntitle=Loading ESXi installer\ntimeout=5\nkernel=b.b00\nkernelopt=runweasel \
             ks=http://192.0.2.1/ks/1\nmodules=jumpstrt.gz --- useropts.gz --- k.b00\nbuild=8.0.2-0.0.22380479\n\
             updated=0\nprefix=http://192.0.2.1/files/esxi/tree\n"
        );
    }

    #[test]
    fn a_file_without_kernel_is_none() {
        assert_eq!(BootCfg::parse("modules=/a\n"), None);
        assert_eq!(BootCfg::parse("\0\u{1}=\n=\n"), None);
    }
}
