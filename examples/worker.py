"""Works on a sweep over HTTP; any number may do so at once, on any machines. Standard library only.

python3 worker.py http://127.0.0.1:8484 SWEEP-ID          (a server with a key: HYPERCLOUD_KEY=...)
"""
import json, math, os, random, socket, sys, time, urllib.error, urllib.request


def objective(run, report):
    """Stands for your training: a curve that falls to its configuration's level, noisy by the run's seed."""
    noise, params = random.Random(run["seed"]), run["params"]
    level = (math.log10(params["learning_rate"]) + 2) ** 2 + (params["momentum"] - 0.8) ** 2 + noise.gauss(0, 0.1)
    for step in range(1, int(run.get("resource") or 10) + 1):
        if report({"step": step, "loss": level + math.exp(-step / 3)})["decision"] == "stop":
            break


def post(url, body, token):
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    if token:
        request.add_header("Authorization", "Bearer " + token)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def execute(run):
    def say(body):
        return post(run["reportUrl"], body, run["token"])
    try:
        objective(run, say)
        say({"state": "completed"})
    except urllib.error.HTTPError as e:
        if e.code != 409:  # 409: the attempt is over, its lease has ended for instance; another has the run now
            raise
    except KeyboardInterrupt:
        say({"state": "preempted", "message": "the worker was told to go"})
        raise
    except (ArithmeticError, LookupError, ValueError) as e:  # what your training may raise
        say({"state": "failed", "message": repr(e)})


def main(server, sweep):
    while True:
        ask = {"count": 1, "worker": socket.gethostname(), "lease": "5m"}
        answer = post(f"{server.rstrip('/')}/api/sweeps/{sweep}/ask", ask, os.environ.get("HYPERCLOUD_KEY"))
        for run in answer["runs"]:
            execute(run)
        if answer.get("done"):
            return
        if not answer["runs"]:
            time.sleep(answer.get("retryAfter") or 5)


if __name__ == "__main__":
    main(*sys.argv[1:])
