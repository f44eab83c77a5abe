"""What Auth0's documentation does in Python, over plain http and without further packages:
a token by client credentials, as a form and as JSON, and with it the list of applications."""

import http.client
import json
import sys
import urllib.parse
import urllib.request


def token_by_form(domain, fields):
    connection = http.client.HTTPConnection(domain)
    headers = {"content-type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/oauth/token", urllib.parse.urlencode(fields), headers)
    return json.loads(connection.getresponse().read().decode("utf-8"))["access_token"]


def token_by_json(domain, fields):
    request = urllib.request.Request(
        f"http://{domain}/oauth/token",
        data=json.dumps(fields).encode("utf-8"),
        headers={"content-type": "application/json"},
    )
    with urllib.request.urlopen(request) as response:
        return json.load(response)["access_token"]


def client_ids(domain, access_token):
    headers = {
        "Authorization": f"Bearer {access_token}",
        "Content-Type": "application/json",
    }
    request = urllib.request.Request(f"http://{domain}/api/v2/clients", headers=headers)
    with urllib.request.urlopen(request) as response:
        return [client["client_id"] for client in json.load(response)]


def main(domain, client_id, client_secret):
    fields = {
        "grant_type": "client_credentials",
        "client_id": client_id,
        "client_secret": client_secret,
        "audience": f"http://{domain}/api/v2/",
    }
    print(
        json.dumps(
            {
                "form": client_ids(domain, token_by_form(domain, fields)),
                "json": client_ids(domain, token_by_json(domain, fields)),
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
