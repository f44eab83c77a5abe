//! Prints the table of operations as TypeScript, for `scopesFor`, which works before the module is
//! loaded.

use auth0_current_user::internals::operation::ENDPOINTS;

fn main() {
    println!("// Printed by tools/operations.rs from the table in src/operation.rs.");
    println!("export const OPERATION_SCOPES = {{");
    for endpoint in ENDPOINTS {
        let scopes: Vec<_> =
            endpoint.scopes.iter().map(|scope| format!("\"{}\"", scope.as_str())).collect();
        println!("  {}: [{}],", endpoint.name, scopes.join(", "));
    }
    println!("}} as const;");
}
