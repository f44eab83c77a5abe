//! The endpoints that Auth0's Management API opens to the signed-in user, in one table. The guard,
//! the documentation, `scopesFor` and the tests read this table.

use crate::scope::{CurrentUserScope as Scope, CurrentUserScopes};

/// HTTP method of a Management API request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `GET`
    Get,
    /// `POST`
    Post,
    /// `PATCH`
    Patch,
    /// `DELETE`
    Delete,
}

impl Method {
    /// Every variant, in order of declaration.
    pub const ALL: &'static [Self] = &[Self::Get, Self::Post, Self::Patch, Self::Delete];

    /// The method as text.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    /// The variant with exactly this text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "GET" => Self::Get,
            "POST" => Self::Post,
            "PATCH" => Self::Patch,
            "DELETE" => Self::Delete,
            _ => return None,
        })
    }
}

/// The body of a successful response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseBody {
    /// A JSON object.
    Object,
    /// A JSON array.
    Array,
    /// A body that is ignored.
    Nothing,
}

/// One endpoint.
#[derive(Debug)]
pub struct Endpoint {
    /// The operation. The client's method has the same name.
    pub operation: Operation,
    /// `camelCase` name in JavaScript.
    pub name: &'static str,
    /// HTTP method.
    pub method: Method,
    /// Path below `/api/v2/`. `{sub}` stands for the signed-in user and `{}` for an argument. Each
    /// is one segment.
    pub path: &'static str,
    /// The scopes that permit the operation. One of them is enough. `scopesFor` returns the first.
    pub scopes: &'static [Scope],
    /// The body of a successful response.
    pub response_body: ResponseBody,
}

macro_rules! endpoints {
    ($($(#[$doc:meta])+ $operation:ident, $name:literal: $method:ident $path:literal
        [$($scope:ident)|+] -> $body:ident;)+) => {
        /// One name per permitted endpoint.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Operation { $($(#[$doc])+ $operation,)+ }

        /// The table of permitted endpoints. A new endpoint is a new row.
        pub const ENDPOINTS: &[Endpoint] = &[$(Endpoint {
            operation: Operation::$operation,
            name: $name,
            method: Method::$method,
            path: $path,
            scopes: &[$(Scope::$scope),+],
            response_body: ResponseBody::$body,
        },)+];

        impl Operation {
            /// The operation's row of the table.
            #[must_use]
            pub fn endpoint(self) -> &'static Endpoint {
                // The macro writes the enum and the table in the same order.
                #[allow(clippy::indexing_slicing, reason = "one row for each variant")]
                &ENDPOINTS[self as usize]
            }
        }
    };
}

endpoints! {
    /// Reads the user's profile.
    GetUser, "getUser": Get "users/{sub}" [ReadCurrentUser] -> Object;
    /// Lists the user's multifactor enrollments.
    GetEnrollments, "getEnrollments": Get "users/{sub}/enrollments" [ReadCurrentUser] -> Array;
    /// Links another account of the same person.
    LinkIdentity, "linkIdentity": Post "users/{sub}/identities"
        [UpdateCurrentUserIdentities] -> Array;
    /// Turns a linked account into a separate user again.
    UnlinkIdentity, "unlinkIdentity": Delete "users/{sub}/identities/{}/{}"
        [UpdateCurrentUserIdentities] -> Array;
    /// Merges keys into `user_metadata`.
    PatchUserMetadata, "patchUserMetadata": Patch "users/{sub}"
        [UpdateCurrentUserMetadata | CreateCurrentUserMetadata] -> Object;
    /// Removes the user's multifactor provider.
    DeleteMultifactor, "deleteMultifactor": Delete "users/{sub}/multifactor/{}"
        [DeleteCurrentUserMetadata] -> Nothing;
    /// Registers a device credential.
    CreateDeviceCredential, "createDeviceCredential": Post "device-credentials"
        [CreateCurrentUserDeviceCredentials] -> Object;
    /// Removes a device credential.
    DeleteDeviceCredential, "deleteDeviceCredential": Delete "device-credentials/{}"
        [DeleteCurrentUserDeviceCredentials] -> Nothing;
}

impl Operation {
    /// The operation with exactly this `camelCase` name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        ENDPOINTS.iter().find(|endpoint| endpoint.name == name).map(|endpoint| endpoint.operation)
    }
}

/// The smallest set of scopes that permits these operations.
#[must_use]
pub fn scopes_for(operations: &[Operation]) -> CurrentUserScopes {
    // The first scopes of the rows are the smallest set, because no two rows share an alternative.
    // A test proves this for every selection.
    operations.iter().filter_map(|operation| operation.endpoint().scopes.first().copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_finds_its_own_row() {
        for endpoint in ENDPOINTS {
            assert_eq!(endpoint.operation.endpoint().name, endpoint.name);
            assert_eq!(Operation::parse(endpoint.name), Some(endpoint.operation));
        }
        assert_eq!(Operation::parse("GetUser"), None);
    }

    #[test]
    fn the_table_is_the_one_of_the_documentation() {
        let rows: Vec<String> = ENDPOINTS
            .iter()
            .map(|row| {
                let scopes: Vec<_> = row.scopes.iter().map(|scope| scope.as_str()).collect();
                format!("{} {} {} {}", row.name, row.method.as_str(), row.path, scopes.join("|"))
            })
            .collect();
        assert_eq!(
            rows,
            [
                "getUser GET users/{sub} read:current_user",
                "getEnrollments GET users/{sub}/enrollments read:current_user",
                "linkIdentity POST users/{sub}/identities update:current_user_identities",
                "unlinkIdentity DELETE users/{sub}/identities/{}/{} update:current_user_identities",
                "patchUserMetadata PATCH users/{sub} \
                 update:current_user_metadata|create:current_user_metadata",
                "deleteMultifactor DELETE users/{sub}/multifactor/{} delete:current_user_metadata",
                "createDeviceCredential POST device-credentials \
                 create:current_user_device_credentials",
                "deleteDeviceCredential DELETE device-credentials/{} \
                 delete:current_user_device_credentials",
            ]
        );
    }

    #[test]
    fn scopes_for_gives_the_least_set_for_every_selection_of_operations() {
        let permits = |set: CurrentUserScopes, selection: &[Operation]| {
            selection.iter().all(|operation| set.contains_any(operation.endpoint().scopes))
        };
        for selection in 0u32..1 << ENDPOINTS.len() {
            let selected: Vec<_> = ENDPOINTS
                .iter()
                .enumerate()
                .filter(|(index, _)| selection & (1 << index) != 0)
                .map(|(_, endpoint)| endpoint.operation)
                .collect();
            let answer = scopes_for(&selected);
            assert!(permits(answer, &selected));
            let least = (0u32..1 << Scope::ALL.len())
                .filter(|set| {
                    let set = Scope::ALL
                        .iter()
                        .enumerate()
                        .filter(|(index, _)| set & (1 << index) != 0)
                        .map(|(_, scope)| *scope)
                        .collect();
                    permits(set, &selected)
                })
                .map(u32::count_ones)
                .min();
            assert_eq!(u32::try_from(answer.iter().count()).ok(), least);
        }
    }
}
