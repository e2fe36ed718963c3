//! Who calls a method.

use super::method_error::MethodError;
use super::{Token, Workspace};

/// Whom a call's token acts for, and what it may do.
#[derive(Debug)]
pub(super) struct Caller<'workspace> {
    pub(super) token: Token,
    pub(super) user: &'workspace str,
    pub(super) scopes: &'workspace [String],
}

impl<'workspace> Caller<'workspace> {
    pub(super) fn of(token: Token, settings: &'workspace Workspace) -> Result<Self, MethodError> {
        let (user, scopes) = match token {
            Token::Absent => return Err(MethodError::named("not_authed")),
            Token::Wrong => return Err(MethodError::named("invalid_auth")),
            Token::Right => (&settings.bot_user_id, &settings.scopes),
            Token::User => (&settings.admin_user_id, &settings.user_scopes),
        };
        Ok(Self { token, user, scopes })
    }

    /// Refuses a token that has none of these scopes.
    pub(super) fn needs(&self, one_of: &[&str]) -> Result<(), MethodError> {
        if self.scopes.iter().any(|scope| one_of.contains(&scope.as_str())) {
            return Ok(());
        }
        Err(MethodError::missing_scope(&one_of.join(","), self.scopes))
    }
}
