//! Hostile input at every endpoint: the documented 4xx, the server alive, nothing stored.

mod bodies;
mod bytes;
mod fields;
mod roles;
mod routes;
mod scene;
