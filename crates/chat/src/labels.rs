//! Labels: everybody sees them, administrators make and change them.

use crate::access::require;
use crate::{Chat, ChatError, FieldErrors, Principal};
use antiphon_domain::{
    DomainEvent, Label, LabelColor, LabelId, LabelName, Permission, TeamSetting,
};
use antiphon_store::{FollowUp, LabelOutcome, MAX_LABELS, NewLabel, Subject, UpdateLabel};
use serde_json::json;

/// What the whole team hears when its labels are others.
const CHANGED: DomainEvent = DomainEvent::SettingsChanged {
    what: TeamSetting::Labels,
    agent_id: None,
};

impl Chat {
    /// Every label, in the order of the names. Agents only.
    pub async fn labels(&self, principal: &Principal) -> Result<Vec<Label>, ChatError> {
        require(principal, Permission::Read)?;
        Ok(self.ports.store.list_labels().await?)
    }

    /// Makes a label. Administrators only.
    pub async fn create_label(
        &self,
        principal: &Principal,
        name: LabelName,
        color: LabelColor,
    ) -> Result<Label, ChatError> {
        require(principal, Permission::Administer)?;
        let new = NewLabel {
            name,
            color,
            at: self.ports.clock.now(),
        };
        let told = self.told_of_label(principal, "label.created");
        outcome(self.ports.store.create_label(new, told).await?)
    }

    /// Changes a label. Administrators only.
    pub async fn update_label(
        &self,
        principal: &Principal,
        update: UpdateLabel,
    ) -> Result<Label, ChatError> {
        require(principal, Permission::Administer)?;
        let told = self.told_of_label(principal, "label.updated");
        outcome(self.ports.store.update_label(update, told).await?)
    }

    /// Removes a label, from conversations as well. Administrators only.
    pub async fn delete_label(&self, principal: &Principal, id: LabelId) -> Result<(), ChatError> {
        require(principal, Permission::Administer)?;
        let entry = self.audit(principal, "label.deleted", Subject::of("label", id.0));
        let told = self
            .announce(None, |label: &Option<Label>| {
                label.is_some().then_some(CHANGED)
            })
            .and_audit(move |label| {
                let label = label.as_ref()?;
                Some(entry.with(json!({ "name": label.name.as_str() })))
            });
        match self.ports.store.delete_label(id, told).await? {
            Some(_) => Ok(()),
            None => Err(ChatError::NotFound("label")),
        }
    }

    fn told_of_label(&self, principal: &Principal, action: &'static str) -> FollowUp<LabelOutcome> {
        let entry = self.audit(principal, action, Subject::new("label"));
        let told = self.announce(None, |outcome| {
            matches!(outcome, LabelOutcome::Saved(_)).then_some(CHANGED)
        });
        told.and_audit(move |outcome| match outcome {
            LabelOutcome::Saved(label) => {
                let details = json!({ "name": label.name.as_str(), "color": label.color.as_str() });
                Some(entry.about(label.id.0).with(details))
            }
            _ => None,
        })
    }
}

fn outcome(outcome: LabelOutcome) -> Result<Label, ChatError> {
    match outcome {
        LabelOutcome::Saved(label) => Ok(label),
        LabelOutcome::NameTaken => {
            Err(FieldErrors::one("name", "is the name of another label").into())
        }
        LabelOutcome::TooMany => Err(FieldErrors::one(
            "name",
            format!("cannot be added: there are {MAX_LABELS} labels, which is the most"),
        )
        .into()),
        LabelOutcome::Unknown => Err(ChatError::NotFound("label")),
    }
}
