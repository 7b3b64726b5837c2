//! What can go wrong in a store, by what the caller can do about it.

/// A store's failure. Absence is not one: look-ups answer `Option`, rules answer outcomes.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The bounded queue of writes or reads is full, or the database is busy or gone for the moment: try again after a pause.
    #[error("the store is overloaded or unavailable")]
    Unavailable,
    /// The disk or the quota is full. Nothing was stored; reading goes on.
    #[error("the disk is full")]
    Full,
    /// A row that cannot be: written by something else, or damaged.
    #[error("the store holds a value that cannot be: {table}.{column}")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
    },
    /// Anything else; the source is for the log, never for an answer.
    #[error("the store failed")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl StoreError {
    /// Wraps a driver's own error.
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(source.into())
    }
}
