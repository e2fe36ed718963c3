//! The notices that the flows publish. The notifier tells the thread.

/// The topic of all notices, as the documents name it.
pub const NOTICES: &str = "Notices";

/// A notice's id: the same however often the state runs, so that the thread is told once.
pub(crate) const ID: &str = "States.Format('{}/{}', $$.Execution.Name, $$.State.Name)";

/// Declares a publication: the data that it is made of, the notice's `kind` and variant, and where its fields are found.
/// The compiler checks that the notice has these fields and no others.
macro_rules! notice {
    ($(#[$doc:meta])* $name:ident: $data:ty => $kind:literal $variant:ident {
        $($field:ident: $type:ty = $path:literal),*
    }) => {
        $(#[$doc])*
        pub(crate) struct $name;

        impl ackflow_asl::builder::Publication for $name {
            const NAME: &'static str = stringify!($name);
            const TOPIC: &'static str = $crate::NOTICES;
            type From = $data;

            fn message() -> serde_json::Value {
                let mut message = serde_json::json!({ "kind": $kind, "id.$": $crate::notices::ID });
                $(message[concat!(stringify!($field), ".$")] = $path.into();)*
                message
            }
        }

        const _: fn(String, $($type),*) -> Notice = |id, $($field),*| Notice::$variant { id, $($field),* };
    };
}
pub(crate) use notice;
