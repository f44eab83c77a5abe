/**
 * The people of the local tenant. One password serves all, since nothing is protected by it.
 *
 * Each record is a user as the Management API shows it, plus three things the API never shows:
 * `password`, `enrollments`, and `logins` (further e-mail addresses, for linked identities).
 */
const password = "correct horse";

/** @param {string} origin where the tenant serves its pictures, without a trailing slash */
export const seedUsers = (origin) => [
  {
    user_id: "auth0|5a620d29a840170a9ef43672",
    email: "ada@example.com",
    email_verified: true,
    name: "Ada Lovelace",
    given_name: "Ada",
    family_name: "Lovelace",
    nickname: "ada",
    picture: `${origin}/pictures/ada.svg`,
    created_at: "2024-12-10T09:00:00.000Z",
    updated_at: "2025-02-01T12:30:00.000Z",
    last_ip: "127.0.0.1",
    last_login: "2025-02-01T12:30:00.000Z",
    logins_count: 42,
    multifactor: ["google-authenticator", "guardian"],
    user_metadata: {
      language: "en",
      theme: "dark",
      address: { street: "12 St James's Square", city: "London" },
    },
    app_metadata: { plan: "analyst", seats: 3 },
    identities: [
      {
        connection: "Username-Password-Authentication",
        user_id: "5a620d29a840170a9ef43672",
        provider: "auth0",
        isSocial: false,
        profileData: {
          email: "ada@example.com",
          email_verified: true,
          name: "Ada Lovelace",
          nickname: "ada",
        },
      },
      {
        connection: "github",
        user_id: "1815",
        provider: "github",
        isSocial: true,
        profileData: {
          email: "ada-github@example.com",
          email_verified: true,
          name: "Ada L.",
          nickname: "countess",
          picture: `${origin}/pictures/countess.svg`,
        },
      },
    ],
    password,
    logins: [{ email: "ada-github@example.com", password, identity: "github|1815" }],
    enrollments: [
      {
        id: "dev_YgSOwqDYgAqX1nR7",
        status: "confirmed",
        type: "authenticator",
        auth_method: "authenticator",
        enrolled_at: "2025-01-04T10:00:00.000Z",
        last_auth: "2025-02-01T12:29:40.000Z",
      },
      {
        id: "dev_PB0eFqTuQ5nXm2zK",
        status: "confirmed",
        type: "pn",
        auth_method: "guardian",
        name: "Ada's phone",
        identifier: "9f1c1f0e-5c3f-4b2a-a7e0-3f6f0f1f2d11",
        enrolled_at: "2025-01-05T10:00:00.000Z",
      },
    ],
  },
  {
    user_id: "google-oauth2|103547991597142817347",
    email: "grace@example.com",
    email_verified: true,
    name: "Grace Hopper",
    given_name: "Grace",
    family_name: "Hopper",
    nickname: "grace",
    picture: `${origin}/pictures/grace.svg`,
    created_at: "2024-12-09T09:00:00.000Z",
    updated_at: "2024-12-09T09:00:00.000Z",
    logins_count: 3,
    user_metadata: { favourite_language: "COBOL" },
    identities: [
      {
        connection: "google-oauth2",
        user_id: "103547991597142817347",
        provider: "google-oauth2",
        isSocial: true,
      },
    ],
    password,
    enrollments: [],
  },
  {
    user_id: "auth0|66d1f0a2b8c4e97d30f15a88",
    email: "alan@example.com",
    email_verified: false,
    name: "Alan Turing",
    given_name: "Alan",
    family_name: "Turing",
    nickname: "alan",
    picture: `${origin}/pictures/alan.svg`,
    created_at: "2024-06-23T09:00:00.000Z",
    updated_at: "2024-06-23T09:00:00.000Z",
    logins_count: 1,
    identities: [
      {
        connection: "Username-Password-Authentication",
        user_id: "66d1f0a2b8c4e97d30f15a88",
        provider: "auth0",
        isSocial: false,
      },
    ],
    password,
    enrollments: [],
  },
];
