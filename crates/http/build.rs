//! Makes the folder of the web parts exist, so that the crate builds without Node; rebuilds when what is in it changes.

fn main() -> std::io::Result<()> {
    std::fs::create_dir_all("../../web/dist")?;
    println!("cargo::rerun-if-changed=../../web/dist");
    Ok(())
}
