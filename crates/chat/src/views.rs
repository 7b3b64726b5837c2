//! Saved views: every agent has its own, and administrators share some with all.

use crate::access::require;
use crate::{Chat, ChatError, FieldErrors, Principal};
use antiphon_domain::{Agent, DomainEvent, Permission, TeamSetting, View, ViewId, ViewName};
use antiphon_store::{MAX_VIEWS, NewView, NewViewOutcome, Subject, UpdateView};
use serde_json::json;

impl Chat {
    /// The caller's own views and the shared ones, in the order of their making. Agents only.
    pub async fn views(&self, principal: &Principal) -> Result<Vec<View>, ChatError> {
        let agent = require(principal, Permission::Read)?;
        Ok(self.ports.store.list_views(agent.id).await?)
    }

    /// Makes a view for the caller, or for all, which takes an administrator. `filter` is the query as a JSON object.
    pub async fn create_view(
        &self,
        principal: &Principal,
        name: ViewName,
        filter: String,
        shared: bool,
    ) -> Result<View, ChatError> {
        let agent = may_keep(principal, shared)?;
        let new = NewView {
            agent_id: agent.id,
            name,
            filter,
            shared,
            at: self.ports.clock.now(),
        };
        let entry = self.audit(principal, "view.created", Subject::new("view"));
        let told = self
            .announce(None, |outcome| match outcome {
                NewViewOutcome::Created(view) => Some(changed(view, view.shared)),
                NewViewOutcome::TooMany => None,
            })
            .and_audit(move |outcome| match outcome {
                NewViewOutcome::Created(view) if view.shared => {
                    let details = json!({ "name": view.name.as_str() });
                    Some(entry.about(view.id.0).with(details))
                }
                _ => None,
            });
        match self.ports.store.create_view(new, told).await? {
            NewViewOutcome::Created(view) => Ok(view),
            NewViewOutcome::TooMany => Err(FieldErrors::one(
                "name",
                format!("cannot be added: you have {MAX_VIEWS} views, which is the most"),
            )
            .into()),
        }
    }

    /// Changes a view of the caller's, or a shared one, which takes an administrator.
    pub async fn update_view(
        &self,
        principal: &Principal,
        update: UpdateView,
    ) -> Result<View, ChatError> {
        let before = self.own_view(principal, update.id).await?;
        if update.shared == Some(true) {
            require(principal, Permission::Administer)?;
        }
        let was_shared = before.shared;
        let entry = self.audit(principal, "view.updated", Subject::of("view", update.id.0));
        let told = self
            .announce(None, move |view: &Option<View>| {
                let view = view.as_ref()?;
                Some(changed(view, view.shared || was_shared))
            })
            .and_audit(move |view| {
                let view = view.as_ref().filter(|view| view.shared || was_shared)?;
                Some(entry.with(json!({ "name": view.name.as_str(), "shared": view.shared })))
            });
        let updated = self.ports.store.update_view(update, told).await?;
        updated.ok_or(ChatError::NotFound("view"))
    }

    /// Removes a view of the caller's, or a shared one, which takes an administrator.
    pub async fn delete_view(&self, principal: &Principal, id: ViewId) -> Result<(), ChatError> {
        self.own_view(principal, id).await?;
        let entry = self.audit(principal, "view.deleted", Subject::of("view", id.0));
        let told = self
            .announce(None, |view: &Option<View>| {
                let view = view.as_ref()?;
                Some(changed(view, view.shared))
            })
            .and_audit(move |view| {
                let view = view.as_ref().filter(|view| view.shared)?;
                Some(entry.with(json!({ "name": view.name.as_str() })))
            });
        let deleted = self.ports.store.delete_view(id, told).await?;
        deleted.map(drop).ok_or(ChatError::NotFound("view"))
    }

    /// The view, if the caller may change it. Another's own is no business of the caller's.
    async fn own_view(&self, principal: &Principal, id: ViewId) -> Result<View, ChatError> {
        let agent = require(principal, Permission::Answer)?;
        let found = self.ports.store.view(id).await?;
        let view = found.filter(|view| view.shared || view.agent_id == agent.id);
        let view = view.ok_or(ChatError::NotFound("view"))?;
        may_keep(principal, view.shared)?;
        Ok(view)
    }
}

fn may_keep(principal: &Principal, shared: bool) -> Result<&Agent, ChatError> {
    let permission = if shared {
        Permission::Administer
    } else {
        Permission::Answer
    };
    require(principal, permission)
}

/// What is heard by all, or by the one whose view it is.
fn changed(view: &View, by_all: bool) -> DomainEvent {
    DomainEvent::SettingsChanged {
        what: TeamSetting::Views,
        agent_id: (!by_all).then_some(view.agent_id),
    }
}
