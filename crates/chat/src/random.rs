//! Randomness as an input.

/// Where tokens and salts come from.
pub trait Random: Send + Sync + std::fmt::Debug {
    /// Fills the buffer with bytes that nobody can guess. An operating system that cannot give any is fatal to the request, not to the process.
    fn fill(&self, buffer: &mut [u8]) -> Result<(), RandomUnavailable>;
}

/// The operating system gave no random bytes.
#[derive(Debug, thiserror::Error)]
#[error("the operating system gave no random bytes")]
pub struct RandomUnavailable;

impl dyn Random + '_ {
    /// An array of random bytes.
    pub(crate) fn bytes<const N: usize>(&self) -> Result<[u8; N], crate::ChatError> {
        let mut bytes = [0; N];
        self.fill(&mut bytes)
            .map_err(|error| crate::ChatError::Internal(Box::new(error)))?;
        Ok(bytes)
    }
}
