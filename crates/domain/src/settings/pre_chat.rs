//! The form before a chat: its fields, and whether what a visitor filled in fits them.

use super::reader::{Section, line, lines};
use crate::details::Answer;
use crate::{ContactDetails, Invalid};
use serde_json::{Value, json};

/// More fields than this are a survey, and nobody fills it in.
const MAX_FIELDS: usize = 10;
/// The longest own name of a field, in characters.
const MAX_NAME: usize = 40;
/// The longest label and the longest choice, in characters, and the most choices.
const MAX_LABEL: usize = 100;
const MAX_OPTIONS: usize = 50;
/// The longest consent text and its longest address, in characters.
const MAX_CONSENT: usize = 1000;
const MAX_URL: usize = 500;
/// The longest answer, in characters: of a line, and of a text.
const MAX_LINE: usize = 200;
const MAX_LINES: usize = 2000;

/// What a field is to be filled in with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldKind {
    /// A line.
    Text,
    /// An e-mail address.
    Email,
    /// A phone number.
    Tel,
    /// One of these.
    Select(Vec<String>),
    /// Several lines.
    Textarea,
}

/// A field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// `name`, `email`, `phone`, or the owner's own.
    pub name: String,
    /// What the visitor reads.
    pub label: String,
    /// What goes in.
    pub kind: FieldKind,
    /// Whether it has to be filled in.
    pub required: bool,
}

/// What a visitor agrees to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// In words, ≤ 1,000 characters.
    pub text: String,
    /// Where there is more to read: an http or https address.
    pub url: Option<String>,
}

/// The form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreChat {
    /// In the order shown.
    pub fields: Vec<Field>,
    /// Asked for below them.
    pub consent: Option<Consent>,
}

impl PreChat {
    pub(super) fn read(settings: &mut Section<'_>) -> Option<Self> {
        let mut form = settings.section("pre_chat")?;
        let mut fields: Vec<Field> = Vec::new();
        for (path, value) in form.list("fields", MAX_FIELDS) {
            let Some(section) = Section::of(path, value, form.mistakes()) else {
                continue;
            };
            if let Some(field) = read_field(section, &fields) {
                fields.push(field);
            }
        }
        let consent = form.section("consent").and_then(read_consent);
        form.finish();
        Some(Self { fields, consent })
    }

    pub(super) fn json(&self) -> Value {
        let fields: Vec<Value> = self.fields.iter().map(field_json).collect();
        let consent = self
            .consent
            .as_ref()
            .map(|consent| json!({ "text": consent.text, "url": consent.url }));
        json!({ "fields": fields, "consent": consent })
    }
}

fn read_field(mut section: Section<'_>, before: &[Field]) -> Option<Field> {
    let name = section.required_text("name", parse_name);
    let name = name.filter(|name| {
        let is_new = !before.iter().any(|field| field.name == *name);
        if !is_new {
            section.wrong("name", "must not be there twice");
        }
        is_new
    });
    let label = section.required_text("label", line(MAX_LABEL));
    let kind = if section.has("type") {
        section.text("type", |text| Ok(text.to_owned()))
    } else {
        // The three that are known need not be told what they are.
        Some(match name.as_deref() {
            Some("email") => "email".to_owned(),
            Some("phone") => "tel".to_owned(),
            _ => "text".to_owned(),
        })
    };
    let options = section.texts("options", MAX_OPTIONS, line(MAX_LABEL));
    let kind = match kind.as_deref() {
        Some("select") => Some(FieldKind::Select(options.clone())),
        Some("text") => Some(FieldKind::Text),
        Some("email") => Some(FieldKind::Email),
        Some("tel") => Some(FieldKind::Tel),
        Some("textarea") => Some(FieldKind::Textarea),
        Some(_) => {
            section.wrong("type", "must be text, email, tel, select or textarea");
            None
        }
        None => None,
    };
    match &kind {
        Some(FieldKind::Select(_)) if options.is_empty() => {
            section.wrong("options", "must have at least one element");
        }
        Some(FieldKind::Select(_)) | None => {}
        Some(_) if !options.is_empty() => section.wrong("options", "is for the type select only"),
        Some(_) => {}
    }
    let required = section.flag("required", false);
    section.finish();
    Some(Field {
        name: name?,
        label: label?,
        kind: kind?,
        required,
    })
}

fn parse_name(text: &str) -> Result<String, Invalid> {
    let well_formed = (1..=MAX_NAME).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
        && text.bytes().any(|b| b != b'_');
    if well_formed {
        Ok(text.to_owned())
    } else {
        Err(Invalid::new(format!(
            "must be name, email, phone or a word of your own of a–z and _, ≤ {MAX_NAME} characters"
        )))
    }
}

fn read_consent(mut section: Section<'_>) -> Option<Consent> {
    let text = section.required_text("text", lines(MAX_CONSENT));
    let url = section.text("url", |text| {
        let url = line(MAX_URL)(text)?;
        if url.starts_with("https://") || url.starts_with("http://") {
            Ok(url)
        } else {
            Err(Invalid::new("must begin with https:// or http://"))
        }
    });
    section.finish();
    Some(Consent { text: text?, url })
}

fn field_json(field: &Field) -> Value {
    let (kind, options) = match &field.kind {
        FieldKind::Text => ("text", None),
        FieldKind::Email => ("email", None),
        FieldKind::Tel => ("tel", None),
        FieldKind::Textarea => ("textarea", None),
        FieldKind::Select(options) => ("select", Some(options)),
    };
    let mut json = json!({ "name": field.name, "label": field.label, "type": kind, "required": field.required });
    if let Some(options) = options {
        json["options"] = json!(options);
    }
    json
}

/// What a visitor has filled in, checked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filled {
    /// `name`, `email` and `phone`, wherever they were asked for.
    pub contact: ContactDetails,
    /// Everything, in the order of the form, each with the label that the visitor read.
    pub answers: Vec<Answer>,
}

/// Checks what a visitor filled in (field names and texts) against a widget's form; every mistake comes with its field's name.
///
/// `name`, `email` and `phone` are taken whether the form asks for them or not: the form that is shown outside business hours
/// does. Another field that the form does not have is a mistake.
pub fn fill_in(
    form: Option<&PreChat>,
    filled: impl IntoIterator<Item = (String, Value)>,
) -> Result<Filled, Vec<(String, Invalid)>> {
    let mut filled: serde_json::Map<String, Value> = filled.into_iter().collect();
    let mut wrong = Vec::new();
    let mut result = Filled::default();
    let fields = form.map_or(&[][..], |form| &form.fields);
    let known = ["name", "email", "phone"];
    let further = known
        .into_iter()
        .filter(|name| !fields.iter().any(|field| field.name == *name));
    let further = further.map(|name| Field {
        name: name.to_owned(),
        label: name.to_owned(),
        kind: FieldKind::Text,
        required: false,
    });
    for field in fields.iter().cloned().chain(further) {
        let text = match filled.remove(&field.name) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text,
            Some(_) => {
                wrong.push((field.name, Invalid::new("must be a string")));
                continue;
            }
        };
        match check(&field, &text, &mut result.contact) {
            Ok(None) if field.required => {
                wrong.push((field.name, Invalid::new("must not be empty")));
            }
            Ok(None) => {}
            Ok(Some(value)) => result.answers.push(Answer {
                name: field.name,
                label: field.label,
                value,
            }),
            Err(invalid) => wrong.push((field.name, invalid)),
        }
    }
    for (name, _) in filled.into_iter().take(MAX_FIELDS) {
        let name = name.chars().take(MAX_NAME).collect();
        wrong.push((name, Invalid::new("is no field of this form")));
    }
    if wrong.is_empty() {
        Ok(result)
    } else {
        Err(wrong)
    }
}

fn check(
    field: &Field,
    text: &str,
    contact: &mut ContactDetails,
) -> Result<Option<String>, Invalid> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let place = match field.name.as_str() {
        "name" => Some((ContactDetails::parse_name(text)?, &mut contact.name)),
        "email" => Some((ContactDetails::parse_email(text)?, &mut contact.email)),
        "phone" => Some((ContactDetails::parse_phone(text)?, &mut contact.phone)),
        _ => None,
    };
    let value = match &field.kind {
        FieldKind::Text => line(MAX_LINE)(text)?,
        FieldKind::Textarea => lines(MAX_LINES)(text)?,
        FieldKind::Tel => ContactDetails::parse_phone(text)?.unwrap_or_default(),
        FieldKind::Email => ContactDetails::parse_email(text)?.unwrap_or_default(),
        FieldKind::Select(options) if options.iter().any(|option| option == text) => {
            text.to_owned()
        }
        FieldKind::Select(_) => return Err(Invalid::new("must be one of the choices")),
    };
    match place {
        Some((parsed, place)) => {
            place.clone_from(&parsed);
            Ok(parsed)
        }
        None => Ok(Some(value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::WidgetSettings;

    fn form() -> PreChat {
        let settings = json!({ "pre_chat": { "fields": [
            { "name": "email", "label": "Your e-mail", "required": true },
            { "name": "topic", "label": "Topic", "type": "select", "options": ["Sales", "Help"] },
            { "name": "order_no", "label": "Order", "type": "text" },
        ], "consent": { "text": "We keep this." } } });
        WidgetSettings::parse(settings).unwrap().pre_chat.unwrap()
    }

    fn fill(values: Value) -> Result<Filled, Vec<String>> {
        let Value::Object(values) = values else {
            panic!("an object")
        };
        fill_in(Some(&form()), values)
            .map_err(|wrong| wrong.into_iter().map(|(field, _)| field).collect())
    }

    #[test]
    fn answers_come_in_the_order_of_the_form_with_its_labels() {
        let filled = fill(json!({ "topic": "Sales", "email": " VERA@example.com " })).unwrap();
        assert_eq!(filled.contact.email.as_deref(), Some("vera@example.com"));
        let answers: Vec<_> = filled
            .answers
            .iter()
            .map(|answer| (answer.label.as_str(), answer.value.as_str()))
            .collect();
        assert_eq!(
            answers,
            [("Your e-mail", "vera@example.com"), ("Topic", "Sales")]
        );
    }

    #[test]
    fn every_wrong_answer_is_named() {
        let answers = json!({ "email": "x", "topic": "Other", "order_no": 7, "phone": "1".repeat(41), "zip": "1" });
        let named = fill(answers).unwrap_err();
        assert_eq!(named, ["email", "topic", "order_no", "phone", "zip"]);
        assert_eq!(fill(json!({ "email": "  " })).unwrap_err(), ["email"]);
        assert_eq!(fill(json!({})).unwrap_err(), ["email"]);
        let long = json!({ "email": "a@b.c", "order_no": "x".repeat(201) });
        assert_eq!(fill(long).unwrap_err(), ["order_no"]);
    }

    #[test]
    fn who_asks_outside_business_hours_says_who_answers_can_be_sent_to() {
        let Value::Object(values) = json!({ "name": "Vera", "email": "vera@example.com" }) else {
            panic!("an object")
        };
        let filled = fill_in(None, values).unwrap();
        assert_eq!(filled.contact.name.as_deref(), Some("Vera"));
        assert_eq!(filled.answers.len(), 2);
    }
}
