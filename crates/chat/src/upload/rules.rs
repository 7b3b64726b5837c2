//! What somebody's files may be: the installation's rules, and for visitors those of their widget, whichever are stricter.

use super::UploadError;
use crate::{Chat, ChatError, Principal};
use antiphon_domain::WidgetSettings;
use antiphon_files::{AllowedTypes, Refusal};
use std::sync::Arc;

/// The most files of one message: what fits on a screen, and a message's events into a broadcaster's limit.
pub const MAX_FILES: usize = 10;

/// What people's files may be in this installation.
#[derive(Debug, Clone)]
pub struct UploadRules {
    /// Their types.
    pub allowed: AllowedTypes,
    /// The bytes of one.
    pub max_bytes: u64,
    /// The bytes of all that a visitor sends in 24 hours; agents have no such limit.
    pub visitor_bytes_per_day: Option<u64>,
    /// How long a file may take that arrives in several requests, and be left unposted, in seconds.
    pub resume_seconds: i64,
}

/// How files are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UploadKind {
    /// Any files.
    Files,
    /// One recording.
    Voice,
}

/// What one caller's files may be.
#[derive(Debug, Clone)]
pub struct Limits {
    pub(super) installation: Arc<UploadRules>,
    pub(super) allowed: AllowedTypes,
    /// The bytes of one.
    pub max_bytes: u64,
    /// How many in one message.
    pub max_files: usize,
    /// The seconds of a recording.
    max_seconds: Option<u16>,
}

impl Limits {
    fn of_installation(installation: &Arc<UploadRules>, kind: Option<UploadKind>) -> Self {
        let is_voice = kind == Some(UploadKind::Voice);
        let allowed = &installation.allowed;
        Self {
            installation: Arc::clone(installation),
            allowed: if is_voice {
                allowed.audio()
            } else {
                allowed.clone()
            },
            max_bytes: installation.max_bytes,
            max_files: if is_voice { 1 } else { MAX_FILES },
            max_seconds: None,
        }
    }

    /// What a widget's visitors may send. Without a kind, what they may send in one way or the other: it is not known yet in which.
    pub(super) fn of_widget(
        installation: &Arc<UploadRules>,
        settings: &WidgetSettings,
        kind: Option<UploadKind>,
    ) -> Result<Self, UploadError> {
        let (files, voice) = (&settings.files, &settings.voice);
        let all = Self::of_installation(installation, kind);
        let of_files = Self {
            allowed: match files.accept.is_empty() {
                true => all.allowed.clone(),
                false => all.allowed.among(&files.accept),
            },
            max_bytes: all.max_bytes.min(files.max_bytes),
            max_files: all.max_files.min(usize::from(files.max_files)),
            ..all.clone()
        };
        let setting = match kind {
            Some(UploadKind::Files) | None if files.enabled => {
                return Ok(match kind.is_none() && voice.enabled {
                    true => Self {
                        allowed: of_files.allowed.or(&all.allowed.audio()),
                        ..all
                    },
                    false => of_files,
                });
            }
            Some(UploadKind::Voice) | None if voice.enabled => {
                return Ok(Self {
                    allowed: all.allowed.audio(),
                    max_seconds: Some(voice.max_seconds),
                    ..all
                });
            }
            Some(UploadKind::Voice) => "voice.enabled",
            Some(UploadKind::Files) | None => "files.enabled",
        };
        Err(UploadError::Disabled(setting))
    }

    /// Refuses a size.
    pub(super) fn check_size(&self, size: u64) -> Result<(), UploadError> {
        if size <= self.max_bytes {
            return Ok(());
        }
        let is_widgets = self.max_bytes < self.installation.max_bytes;
        Err(UploadError::TooLarge {
            limit: self.max_bytes,
            setting: is_widgets.then_some("files.max_bytes"),
        })
    }

    /// Refuses a number of files.
    pub fn check_count(&self, n_files: usize) -> Result<(), UploadError> {
        if n_files <= self.max_files {
            return Ok(());
        }
        // A voice message is one, whatever the widget.
        let is_widgets = self.max_files < MAX_FILES && self.max_seconds.is_none();
        Err(UploadError::TooMany {
            limit: self.max_files,
            setting: is_widgets.then_some("files.max_files"),
        })
    }

    /// Refuses a recording's length.
    pub fn check_duration(&self, duration_ms: u64) -> Result<(), UploadError> {
        match self.max_seconds {
            // A recorder is stopped when the time is over, and not at that very moment.
            Some(limit) if duration_ms >= (u64::from(limit) + 1) * 1000 => {
                Err(UploadError::TooLong(limit))
            }
            _ => Ok(()),
        }
    }

    /// Says whose rule it is that a file breaks.
    pub(super) fn refused(&self, refusal: Refusal) -> UploadError {
        match refusal {
            Refusal::Type(found) if self.installation.allowed.allow(&found) => {
                UploadError::NotAccepted(found)
            }
            refusal => UploadError::Refused(refusal),
        }
    }
}

impl Chat {
    /// What files may be in this installation.
    pub fn upload_rules(&self) -> Arc<UploadRules> {
        Arc::clone(&self.ports.upload_rules)
    }

    /// What the caller's files may be, sent so, or in any way.
    pub(crate) async fn limits(
        &self,
        principal: &Principal,
        kind: Option<UploadKind>,
    ) -> Result<Arc<Limits>, UploadError> {
        let rules = &self.ports.upload_rules;
        let limits = match principal {
            Principal::Agent(_) => Limits::of_installation(rules, kind),
            Principal::Visitor(visitor) => {
                let widget = self.widget_of(visitor).await?;
                let widget = widget.ok_or(ChatError::Unauthenticated)?;
                Limits::of_widget(rules, &widget.settings, kind)?
            }
        };
        Ok(Arc::new(limits))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use antiphon_domain::ContentType;
    use serde_json::{Value, json};

    fn limits(settings: Value, kind: Option<UploadKind>) -> Result<Limits, UploadError> {
        let installation = UploadRules {
            allowed: AllowedTypes::parse("image/png,audio/*").unwrap(),
            max_bytes: 1000,
            visitor_bytes_per_day: None,
            resume_seconds: 1,
        };
        let settings = WidgetSettings::parse(settings).unwrap();
        Limits::of_widget(&Arc::new(installation), &settings, kind)
    }

    const FILES: Option<UploadKind> = Some(UploadKind::Files);
    const VOICE: Option<UploadKind> = Some(UploadKind::Voice);

    #[test]
    fn the_stricter_rule_counts_and_is_named() {
        let own = json!({ "files": { "max_bytes": 10, "max_files": 2, "accept": ["audio/ogg"] } });
        let strict = limits(own.clone(), FILES).unwrap();
        assert_eq!(strict.allowed.entries(), ["audio/ogg"]);
        let refused = strict.check_size(11).unwrap_err().to_string();
        assert!(refused.contains("10 bytes") && refused.contains("files.max_bytes"));
        let refused = strict.check_count(3).unwrap_err().to_string();
        assert!(refused.contains('2') && refused.contains("files.max_files"));
        let png = ContentType::parse("image/png").unwrap();
        let refused = strict.refused(Refusal::Type(png)).to_string();
        assert!(refused.contains("files.accept"), "{refused}");

        let wide = limits(json!({ "files": { "max_bytes": 9999 } }), FILES).unwrap();
        let refused = wide.check_size(1001).unwrap_err().to_string();
        assert!(!refused.contains("files.max_bytes"), "{refused}");
        // Recordings have limits of their own.
        let voice = limits(own, VOICE).unwrap();
        assert_eq!((voice.max_bytes, voice.max_files), (1000, 1));
        assert_eq!(voice.allowed.entries(), ["audio/*"]);
    }

    #[test]
    fn a_recording_may_be_a_moment_longer_than_the_setting() {
        let voice = limits(json!({ "voice": { "max_seconds": 5 } }), VOICE).unwrap();
        assert!(voice.check_duration(5999).is_ok());
        let refused = voice.check_duration(6000).unwrap_err().to_string();
        assert!(refused.contains("voice.max_seconds"), "{refused}");
        let files = limits(json!({ "voice": { "max_seconds": 5 } }), FILES).unwrap();
        assert!(files.check_duration(6000).is_ok());
    }

    #[test]
    fn what_is_not_enabled_is_refused() {
        let disabled =
            |settings: &Value, kind| limits(settings.clone(), kind).unwrap_err().to_string();
        let no_files = json!({ "files": { "enabled": false, "accept": ["image/png"] } });
        assert!(disabled(&no_files, FILES).contains("files.enabled"));
        // It may become a voice message.
        assert_eq!(
            limits(no_files, None).unwrap().allowed.entries(),
            ["audio/*"]
        );
        let no_voice = json!({ "voice": { "enabled": false }, "files": { "accept": ["image/*"] } });
        assert!(disabled(&no_voice, VOICE).contains("voice.enabled"));
        assert_eq!(
            limits(no_voice, None).unwrap().allowed.entries(),
            ["image/png"]
        );
        let either = limits(
            json!({ "files": { "accept": ["image/*"], "max_bytes": 5 } }),
            None,
        );
        let either = either.unwrap();
        assert_eq!(either.allowed.entries(), ["image/png", "audio/*"]);
        assert_eq!(either.max_bytes, 1000);
        let nothing = json!({ "files": { "enabled": false }, "voice": { "enabled": false } });
        assert!(disabled(&nothing, None).contains("files.enabled"));
    }
}
