//! The archive's first entry: what it is, before anything of it is unpacked.

use anyhow::Context as _;
use serde_json::{Value, json};

/// The shape of the archive. Another shape gets another number.
const FORMAT: i64 = 1;
/// More bytes than this are no manifest.
pub(super) const MAX_BYTES: u64 = 64 * 1024;

/// What an archive says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Manifest {
    /// The schema of the database in it.
    pub(super) schema: i64,
    /// When it was begun, RFC 3339.
    pub(super) created_at: String,
}

impl Manifest {
    pub(super) fn to_json(&self) -> String {
        let version = env!("CARGO_PKG_VERSION");
        let manifest = json!({
            "format": FORMAT,
            "antiphon": version,
            "schema": self.schema,
            "created_at": self.created_at,
        });
        format!("{manifest}\n")
    }

    pub(super) fn parse(json: &[u8]) -> anyhow::Result<Self> {
        let manifest: Value = serde_json::from_slice(json).context("its manifest is no JSON")?;
        let format = manifest["format"].as_i64();
        anyhow::ensure!(
            format == Some(FORMAT),
            "this version reads archives of format {FORMAT}, and this is another: use the version of Antiphon that made it, or a newer one"
        );
        Ok(Self {
            schema: manifest["schema"]
                .as_i64()
                .context("its manifest names no schema")?,
            created_at: manifest["created_at"]
                .as_str()
                .context("its manifest names no time")?
                .to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_reads_back_and_another_format_is_refused() {
        let manifest = Manifest {
            schema: 8,
            created_at: "2026-01-01T00:00:00.000000Z".to_owned(),
        };
        let json = manifest.to_json();
        assert_eq!(Manifest::parse(json.as_bytes()).unwrap(), manifest);
        let newer = json.replace("\"format\":1", "\"format\":2");
        Manifest::parse(newer.as_bytes()).unwrap_err();
        Manifest::parse(b"{}").unwrap_err();
    }
}
