//! Bytes that are summed while they pass.

use sha2::{Digest as _, Sha256};
use std::io::{Read, Result, Write};

/// A reader or writer, and the SHA-256 of what went through it.
#[derive(Debug)]
pub(super) struct Summed<T> {
    inner: T,
    hash: Sha256,
    bytes: u64,
}

impl<T> Summed<T> {
    pub(super) fn new(inner: T) -> Self {
        Self {
            inner,
            hash: Sha256::new(),
            bytes: 0,
        }
    }

    /// How many bytes went through.
    pub(super) fn n_bytes(&self) -> u64 {
        self.bytes
    }

    /// The hash of them, in hexadecimal digits.
    pub(super) fn finish(self) -> String {
        let hash = self.hash.finalize();
        hash.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn note(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
    }
}

impl<R: Read> Read for Summed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let n_read = self.inner.read(buffer)?;
        self.note(&buffer[..n_read]);
        Ok(n_read)
    }
}

impl<W: Write> Write for Summed<W> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        let n_written = self.inner.write(bytes)?;
        self.note(&bytes[..n_written]);
        Ok(n_written)
    }

    fn flush(&mut self) -> Result<()> {
        self.inner.flush()
    }
}
