//! What a derived schema cannot know of a field that holds text: the words that there are.

use antiphon_domain::{SenderType, Status};
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};

/// One of these words.
pub fn one_of<const N: usize>(words: [&'static str; N]) -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(words))
        .build()
}

/// The status of a conversation.
pub fn status() -> Object {
    one_of(Status::ALL.map(Status::as_str))
}

/// Who wrote a message.
pub fn sender_type() -> Object {
    let all = [
        SenderType::Visitor,
        SenderType::Employee,
        SenderType::Bot,
        SenderType::System,
    ];
    one_of(all.map(SenderType::as_str))
}
