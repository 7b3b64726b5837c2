//! Labels: what conversations are about, in the team's own words.

use crate::{FollowUp, StoreError};
use antiphon_domain::{Label, LabelColor, LabelId, LabelName, Timestamp};

/// The most labels of an installation: a list that is fetched and chosen from as a whole.
pub const MAX_LABELS: i64 = 200;

/// A label to be made.
#[derive(Debug, Clone)]
pub struct NewLabel {
    /// Its name.
    pub name: LabelName,
    /// Its color.
    pub color: LabelColor,
    /// Now.
    pub at: Timestamp,
}

/// What is to be another about a label; what is absent stays.
#[derive(Debug, Clone)]
pub struct UpdateLabel {
    /// Which.
    pub id: LabelId,
    /// Its name.
    pub name: Option<LabelName>,
    /// Its color.
    pub color: Option<LabelColor>,
}

/// What became of a label that was to be made or changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LabelOutcome {
    /// It is so.
    Saved(Label),
    /// Another label has this name; nothing changed.
    NameTaken,
    /// There are [`MAX_LABELS`] already; none was made.
    TooMany,
    /// There is no such label.
    Unknown,
}

/// Use cases on labels.
#[async_trait::async_trait]
pub trait Labels: Send + Sync {
    /// Every label, in the order of the names.
    async fn list_labels(&self) -> Result<Vec<Label>, StoreError>;
    /// Makes a label.
    async fn create_label(
        &self,
        new: NewLabel,
        follow_up: FollowUp<LabelOutcome>,
    ) -> Result<LabelOutcome, StoreError>;
    /// Changes a label.
    async fn update_label(
        &self,
        update: UpdateLabel,
        follow_up: FollowUp<LabelOutcome>,
    ) -> Result<LabelOutcome, StoreError>;
    /// Removes a label, also from the conversations that have it, which draw no revision for that: there may be very many, and whoever
    /// shows labels by the list of them shows it no more. Answers the label that was there.
    async fn delete_label(
        &self,
        id: LabelId,
        follow_up: FollowUp<Option<Label>>,
    ) -> Result<Option<Label>, StoreError>;
}
