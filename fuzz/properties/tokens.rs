//! What the domain's parsers accept is within its bounds, has one spelling, and is accepted again.
//!
//! Input: a text; for the list of domains, its lines.

use antiphon_domain::widget::parse_welcome_message;
use antiphon_domain::{
    AllowedDomains, ClientId, ContactDetails, EmailAddress, Invalid, MessageBody, PersonName,
    SecretToken, TokenKind, WidgetName, WidgetToken,
};

/// Checks one input.
pub(crate) fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    secret_tokens(text);
    stable(text, 36, |text| {
        WidgetToken::parse(text).map(|token| token.as_str().to_owned())
    });
    stable(text, 36, |text| {
        ClientId::parse(text).map(|id| id.to_string())
    });
    single_line(text, 100, |text| {
        WidgetName::parse(text).map(|name| name.as_str().to_owned())
    });
    single_line(text, 100, |text| {
        PersonName::parse(text).map(|name| name.as_str().to_owned())
    });
    single_line(text, 254, |text| {
        EmailAddress::parse(text).map(|email| email.as_str().to_owned())
    });
    single_line(text, 100, |text| {
        ContactDetails::parse_name(text).map(Option::unwrap_or_default)
    });
    single_line(text, 254, |text| {
        ContactDetails::parse_email(text).map(Option::unwrap_or_default)
    });
    single_line(text, 40, |text| {
        ContactDetails::parse_phone(text).map(Option::unwrap_or_default)
    });
    single_line(text, 200, |text| {
        ContactDetails::parse_external_id(text).map(Option::unwrap_or_default)
    });
    stable(text, 500, parse_welcome_message);
    let body = stable(text, 5000, |text| {
        MessageBody::parse(text).map(|body| body.as_str().to_owned())
    });
    assert!(body.is_none_or(|body| !body.is_empty() && !body.contains('\0')));
    domains(text);
}

fn secret_tokens(text: &str) {
    let kinds = [
        TokenKind::Visitor,
        TokenKind::AgentApi,
        TokenKind::AgentSession,
        TokenKind::Setup,
    ];
    let tokens: Vec<SecretToken> = kinds
        .into_iter()
        .filter_map(|kind| SecretToken::parse(kind, text).ok())
        .collect();
    assert!(tokens.len() <= 1, "a token is of one kind");
    for token in tokens {
        assert_eq!(token.reveal(), text);
        assert_eq!(text.len(), 47, "four of prefix, 43 of base64");
        assert!(!format!("{token:?}").contains(&text[4..]));
    }
}

fn domains(text: &str) {
    let Ok(domains) = AllowedDomains::parse(text.lines()) else {
        return;
    };
    let again = AllowedDomains::parse(domains.as_slice().iter().map(String::as_str));
    assert_eq!(again.as_ref(), Ok(&domains));
    for domain in domains.as_slice() {
        assert!(domain.len() <= 255, "{} bytes", domain.len());
        let in_host = |c: char| c.is_ascii_alphanumeric() || "*-_.:[]".contains(c);
        assert!(domain.chars().all(in_host), "{domain:?}");
        let host = domain.replace('*', "www").to_uppercase();
        assert!(domains.allows(&host), "{host}");
    }
}

/// Checks what a parser of one line accepts.
fn single_line(text: &str, max: usize, parse: impl Fn(&str) -> Result<String, Invalid>) {
    let accepted = stable(text, max, parse);
    assert!(accepted.is_none_or(|text| !text.chars().any(char::is_control)));
}

/// What a parser accepts has at most `max` characters and is accepted again as it is.
fn stable(
    text: &str,
    max: usize,
    parse: impl Fn(&str) -> Result<String, Invalid>,
) -> Option<String> {
    let accepted = parse(text).ok()?;
    assert!(accepted.chars().count() <= max);
    assert_eq!(parse(&accepted).as_ref(), Ok(&accepted));
    Some(accepted)
}
