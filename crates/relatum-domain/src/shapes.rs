//! The derives that every stored shape has, said once.

/// Gives each struct or enum the traits of a stored shape; an absent option is not written.
macro_rules! shapes {
    ($($item:item)+) => {$(
        #[serde_with::skip_serializing_none]
        #[derive(
            Debug, Clone, PartialEq, Eq,
            serde::Serialize, serde::Deserialize, schemars::JsonSchema,
        )]
        #[serde(rename_all = "snake_case")]
        $item
    )+};
}
pub(crate) use shapes;

/// Whether a field says nothing that its absence would not say.
pub(crate) fn is_default<T: Default + PartialEq>(it: &T) -> bool {
    *it == T::default()
}
