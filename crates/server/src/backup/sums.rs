//! The list of sums, kept in a file while it grows: there may be a line for each of a million files.

use anyhow::Context as _;
use std::fs::File;
use std::io::{BufRead as _, BufReader, BufWriter, Read, Seek as _, Write as _};
use std::path::Path;

/// Sums of what passed, in its order.
#[derive(Debug)]
pub(super) struct Sums(BufWriter<File>);

impl Sums {
    pub(super) fn new(path: &Path) -> anyhow::Result<Self> {
        let mut options = File::options();
        let file = options.read(true).write(true).create_new(true).open(path);
        let file = file.with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Self(BufWriter::new(file)))
    }

    /// Adds a line as `sha256sum` writes it.
    pub(super) fn add(&mut self, name: &str, sum: &str) -> std::io::Result<()> {
        writeln!(self.0, "{sum}  {name}")
    }

    /// All of it, and its length.
    pub(super) fn finish(self) -> std::io::Result<(File, u64)> {
        let mut file = self.0.into_inner()?;
        file.rewind()?;
        let length = file.metadata()?.len();
        Ok((file, length))
    }

    /// Compares with the list of an archive.
    pub(super) fn compare(self, archived: impl Read) -> anyhow::Result<()> {
        let (file, _length) = self.finish()?;
        let mut found = BufReader::new(file).lines();
        for line in BufReader::new(archived).lines() {
            let (expected, found) = (line?, found.next().transpose()?);
            if found.as_ref() != Some(&expected) {
                let name = found.as_deref().unwrap_or(&expected);
                let name = name.split("  ").nth(1).unwrap_or(name);
                anyhow::bail!("{name} in it is damaged or missing");
            }
        }
        anyhow::ensure!(found.next().is_none(), "its list of sums is cut short");
        Ok(())
    }
}
