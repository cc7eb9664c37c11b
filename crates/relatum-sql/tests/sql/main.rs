//! The demo's book asked by SQL, and compared with its reports.

mod book;
mod documented;
mod events;
mod files;
mod points;
mod refused;
mod tables;
mod wrong;
