async def test_smoke(accounts_server):
    a = await accounts_server.register("alice")
    print(a)
    print(await accounts_server.whoami(a["access_token"]))
    print(await accounts_server.log_in("Alice"))
    print(await accounts_server.request("GET","/_matrix/client/v3/devices",token=a["access_token"]))
    print(await accounts_server.request("PUT","/_matrix/client/v3/profile/@alice:example.org/displayname",{"displayname":"A"},token=a["access_token"]))
    print(await accounts_server.request("GET","/_matrix/client/v3/profile/@alice:example.org"))
    import time
    t=time.perf_counter()
    from roomkeeper.platform.http import Request
    r=Request({"raw_path":b"/x","headers":[]},"x","1.1.1.1")
    for _ in range(100000): await accounts_server.accounts.authenticate(a["access_token"], r)
    print((time.perf_counter()-t)*10, "us")
    print(await accounts_server.operator("GET","/users"))
