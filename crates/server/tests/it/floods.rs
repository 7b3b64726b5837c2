//! Floods: of frames, subscriptions, connections and requests. Each meets its limit with the documented code, the server's memory
//! stays bounded, and a bystander hardly notices.

mod bystander;
mod connections;
mod messages;
mod requests;
