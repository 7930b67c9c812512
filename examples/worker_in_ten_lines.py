# Works on examples/worker.yaml over HTTP: python3 worker_in_ten_lines.py http://127.0.0.1:8484 SWEEP-ID      (worker.py also reports on the way)
import json, math, random, sys, time, urllib.request
def post(url, body, token=""):
    return json.load(urllib.request.urlopen(urllib.request.Request(url, json.dumps(body).encode(), {"Authorization": "Bearer " + token})))
while not (answer := post(f"{sys.argv[1]}/api/sweeps/{sys.argv[2]}/ask", {"lease": "5m"}))["done"]:
    for run in answer["runs"]:
        p, noise = run["params"], random.Random(run["seed"])
        loss = (math.log10(p["learning_rate"]) + 2) ** 2 + (p["momentum"] - 0.8) ** 2 + noise.gauss(0, 0.1)  # stands for your training
        post(run["reportUrl"], {"state": "completed", "loss": loss}, run["token"])
    time.sleep(0 if answer["runs"] else answer["retryAfter"])
