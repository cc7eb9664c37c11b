//! Placeholder for the tables in the ledger's language.
