"""Takes the tree that is committed on main out of the repository and asks it for quotes of its own."""

import functools
import json
import os
import re
import secrets
import shutil
import sys

sys.path.insert(0, '/tests')
from verify import Finished, Verifier, as_dev, expect  # noqa: E402

# The commits that environment/history/replay.sh makes.
MAIN = 'c68c87e881cce45fbd51f990690a7bdd6000e35e'
BULKY = 'ffd8c2e1d4291c2a3f27a2020c9be6a0047a6b07'
MERGED, RUNS = '/merged', '/runs'
GIT = ['/usr/bin/git', '-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null']
CALM = {'GIT_NO_REPLACE_OBJECTS': '1', 'GIT_CONFIG_GLOBAL': '/dev/null', 'GIT_OPTIONAL_LOCKS': '0'}
TESTS = '''
a parcel without a value is worth nothing
a parcel weighs something
a parcel has three sides
weights are whole grams, whatever they were sent as
a band includes its limit
nothing above 31.5 kilograms is carried
a quote adds the surcharges to the base price
dear parcels are insured
a quote is good for two weeks
a flag wins over the profile, a profile over the defaults
an unknown profile is refused
only islands need a ferry
a ferry burns twice the fuel
a light but large parcel is charged by its volume
a small but heavy parcel is charged by its weight
what is longer than 120 centimetres is bulky
parcels go together up to 30 kilograms
zones are kept apart
from the second parcel on each is 50 cents off
'''.strip().split('\n')


def git(*words, stdin=''):
    return as_dev([*GIT, *words], env=CALM, stdin=stdin).ok().stdout


def commit(name):
    head = git('cat-file', 'commit', name).split('\n\n')[0].split('\n')
    return {'tree': head[0].split()[1], 'parents': [line.split()[1] for line in head if line.startswith('parent ')]}


def take_out():
    """Writes the committed files to a folder that only the verifier can write to."""
    files = {}
    for entry in filter(None, git('ls-tree', '-r', '-z', 'refs/heads/main').split('\0')):
        about, path = entry.split('\t', 1)
        mode, _, name = about.split()
        if path.endswith(('.js', '.mjs', '.cjs', '.json', '.md')):
            expect(mode in ('100644', '100755') and '..' not in path.split('/'), f'{path} is no plain file')
            files[path] = name
    blobs = git('cat-file', '--batch', stdin=''.join(f'{name}\n' for name in files.values())).encode()
    for path in files:
        header, _, blobs = blobs.partition(b'\n')
        size = int(header.split()[2])
        files[path], blobs = blobs[:size].decode(), blobs[size + 1:]
    for path, text in files.items():
        os.makedirs(os.path.dirname(f'{MERGED}/{path}'), mode=0o755, exist_ok=True)
        with open(f'{MERGED}/{path}', 'w') as file:
            file.write(text)
    return files


def is_merge():
    expect(git('symbolic-ref', 'HEAD').strip() == 'refs/heads/main', 'main is not checked out')
    name = git('rev-parse', 'refs/heads/main').strip()
    for _ in range(50):
        parents = commit(name)['parents']
        if len(parents) > 1:
            expect(set(parents) == {MAIN, BULKY}, f'the merge has parents {parents}')
            break
        expect(parents and name != MAIN, 'main has no merge commit')
        name = parents[0]
    expect(not os.path.exists('/app/.git/MERGE_HEAD'), 'the merge is still going on')
    left = git('status', '--porcelain')
    expect(left == '', f'the working tree is not clean: {left[:200]}')


def no_markers():
    for path, text in FILES.items():
        expect(not re.search(r'^(<{7} |>{7} |={7}$|\|{7} )', text, re.M), f'{path} has conflict markers')


TARIFF = {
    'home': (480, 640, 880, 1280, 1760), 'islands': (560, 760, 1080, 1600, 2240),
    'abroad': (1240, 1680, 2360, 3640, 5200),
}
LIMITS = (2000, 5000, 10_000, 20_000, 31_500)
PROFILES = {'summer': (0.05, 500), 'winter': (0.1, 500), 'partner': (0.025, 1000)}


def grams(parcel):
    return parcel['weight_g'] if 'weight_g' in parcel else round(parcel['weight_kg'] * 1000)


def expected(parcel, fuel=0.075, insured=500):
    volume = parcel['length'] * parcel['width'] * parcel['height']
    charged = max(grams(parcel), volume / 5)
    base = next(price for limit, price in zip(LIMITS, TARIFF[parcel['zone']]) if charged <= limit)
    burnt = round(base * fuel)
    bulky = max(parcel['length'], parcel['width'], parcel['height']) > 120
    extra = {'fuel': burnt}
    if parcel.get('value', 0) > insured:
        extra['insurance'] = 300
    if parcel['zone'] == 'islands':
        extra['ferry'] = 350 + 2 * burnt
    if bulky:
        extra['bulky'] = 900
    return {'id': parcel['id'], 'base': base, 'bulky': bulky, 'surcharges': extra, 'total': base + sum(extra.values())}


def parcel(id, zone, weight, sides=(20, 15, 10), value=None):
    made = {'id': id, 'zone': zone, 'weight_kg' if isinstance(weight, float) else 'weight_g': weight}
    made |= dict(zip(('length', 'width', 'height'), sides))
    return made if value is None else made | {'value': value}


def run(*words, parcels):
    asked = (words, json.dumps(parcels))
    return JOINT.get(asked) or run_alone(*asked)


@functools.cache
def run_alone(words, stdin):
    return as_dev(['/usr/bin/node', 'src/cli.js', *words, '--json'], cwd=MERGED, stdin=stdin)


def run_jointly(asked):
    """Asks much of one process; empty answers when it did not come to its end."""
    os.makedirs(RUNS, mode=0o755)
    for number, _ in enumerate(asked):
        os.symlink(MERGED, f'{RUNS}/{number}')
    runs = [{'program': f'{RUNS}/{number}/src/cli.js', 'words': [*words, '--json'], 'stdin': json.dumps(parcels)}
            for number, (words, parcels) in enumerate(asked)]
    token = secrets.token_hex(8)
    shutil.copyfile('/tests/driver.cjs', f'{RUNS}/driver.cjs')
    ended = as_dev(['/usr/bin/node', '--test-reporter=tap', '--preserve-symlinks', f'{RUNS}/driver.cjs'], cwd=MERGED, timeout=30,
                   stdin=json.dumps({'token': token, 'runs': runs, 'tests': test_files()}))
    told, _, tap = ended.stdout.partition('\n')
    if told.startswith(token):
        for (words, parcels), answer in zip(asked, json.loads(told[len(token):])):
            JOINT[words, json.dumps(parcels)] = Finished(answer['code'], answer['stdout'], answer['stderr'])
        JOINT['tests'] = Finished(ended.code, tap, ended.stderr)


def decided(function):
    """What does not hold in the joint process is asked again in processes of their own, and those decide."""
    def check():
        try:
            function()
        except Exception:
            aside = dict(JOINT)
            JOINT.clear()
            try:
                function()
            finally:
                JOINT.update(aside)
    return check


def quotes(parcels, *flags, **settings):
    for got, sent in zip(run('quote', *flags, parcels=parcels).json(), parcels, strict=True):
        wanted = expected(sent, **settings)
        got['surcharges'] = {extra['name']: extra['amount'] for extra in got['surcharges']}
        told = {key: got.get(key) for key in wanted}
        expect(told == wanted, f'{sent} {" ".join(flags)}: {told}, expected {wanted}')
        yield got


def all_right(quotes):
    expect(len(list(quotes)) > 0, 'no quotes')


# Weights above volumes, no islands, no flags about fuel: nothing here depends on the branches' units.
PLAIN = [
    parcel('T1', 'home', 700), parcel('T2', 'home', 2001), parcel('T3', 'home', 2.0), parcel('T4', 'abroad', 9800),
    parcel('T5', 'home', 17_250, value=501), parcel('T6', 'abroad', 31.5, value=500),
    parcel('T7', 'home', 4000, (121, 10, 5)), parcel('T8', 'abroad', 12.25, (5, 8, 200), 800),
]


TODAY = ('--today', '2028-12-24')
SENT = [
    parcel('A', 'home', 12.0), parcel('B', 'home', 17_999), parcel('C', 'abroad', 0.4), parcel('D', 'home', 2),
    parcel('E', 'abroad', 29_600), parcel('F', 'home', 31_000), parcel('G', 'home', 500), parcel('H', 'abroad', 1),
    parcel('I', 'home', 1.5, (130, 5, 5), 700), parcel('J', 'home', 28_000),
]


LARGE = [
    parcel('V1', 'home', 1500, (60, 50, 20)), parcel('V2', 'abroad', 1.5, (50, 40, 25)),
    parcel('V3', 'home', 900, (25, 20, 20)), parcel('V4', 'home', 900, (25, 20, 20.02)),
    parcel('V5', 'abroad', 9.0, (130, 30, 40)), parcel('V6', 'home', 21_000, (50, 40, 50)),
    parcel('V7', 'home', 19_000, (50, 40, 50)), parcel('V8', 'home', 100, (45, 50, 70), 900),
]
TOO_LARGE = [parcel('V9', 'home', 100, (100, 40, 40))]
ISLANDS = [
    parcel('I1', 'islands', 1900), parcel('I2', 'islands', 4.2), parcel('I3', 'islands', 8000, value=900),
    parcel('I4', 'islands', 25_000, (125, 5, 5)), parcel('I5', 'home', 25_000),
]
PROFILED = [*PLAIN, parcel('P1', 'home', 10, value=1001)]


def sides_live():
    told = [(each['id'], 'validUntil' in each, 'bulky' in each) for each in run('quote', *TODAY, parcels=PLAIN).json()]
    expect(told == [(each['id'], True, True) for each in PLAIN], f'quote: {told}')
    told = sorted(id for each in run('consign', parcels=SENT).json() for id in each['parcels'])
    expect(told == [each['id'] for each in SENT], f'consign: {told}')


def quotes_of_both():
    for quote in quotes(PLAIN, *TODAY):
        expect(quote['validUntil'] == '2029-01-07', f'validUntil {quote["validUntil"]}')


def by_volume():
    all_right(quotes(LARGE))
    refused = run('quote', parcels=TOO_LARGE)
    expect(refused.code == 2 and 'too heavy' in refused.stderr, 'a parcel of 32 kg by volume was not refused')


def together():
    wanted = [('home', 'AB', 29.999), ('abroad', 'CE', 30), ('home', 'D', 0.002), ('home', 'F', 31),
              ('home', 'GIJ', 30), ('abroad', 'H', 0.001)]
    prices = {each['id']: expected(each)['total'] for each in SENT}
    got = run('consign', parcels=SENT).json()
    told = [(each['zone'], ''.join(each['parcels']), each['total']) for each in got]
    should = [(zone, ids, sum(prices[id] for id in ids) - 50 * (len(ids) - 1)) for zone, ids, _ in wanted]
    expect(told == should, f'consign: {told}, expected {should}')
    for each, (_, ids, weight) in zip(got, wanted):
        expect(abs(each['weight_kg'] - weight) < 1e-6, f'{ids} weigh {each["weight_kg"]} kg, expected {weight}')


def by_ferry():
    all_right(quotes(ISLANDS))
    all_right(quotes(ISLANDS, '--fuel', '0.125', fuel=0.125))


def by_profile():
    for name, (fuel, insured) in PROFILES.items():
        all_right(quotes(PROFILED, '--profile', name, fuel=fuel, insured=insured))


def test_files():
    return [f'{MERGED}/{path}' for path in sorted(FILES) if re.fullmatch(r'test/[\w./-]+\.test\.m?js', path)]


def run_tests():
    script = ''.join(f'await import({json.dumps("file://" + path)})\n' for path in test_files())
    return as_dev(['/usr/bin/node', '--test-reporter=tap', '--input-type=module', '-e', script], cwd=MERGED, timeout=60)


def tests_of_both():
    ended = JOINT.get('tests') or run_tests()
    expect(ended.code == 0, 'tests fail: ' + '; '.join(re.findall(r'^\s*not ok \d+ - (.*)', ended.stdout, re.M)))
    passed = re.findall(r'^\s*ok \d+ - (.*)$', ended.stdout, re.M)
    gone = [name for name in TESTS if name not in passed]
    expect(not gone, f'tests missing: {gone}')


verifier, JOINT = Verifier(), {}
os.makedirs(MERGED, mode=0o755)
FILES = take_out()
run_jointly([
    (('quote', *TODAY), PLAIN), (('consign',), SENT), (('quote',), LARGE), (('quote',), TOO_LARGE), (('quote',), ISLANDS),
    (('quote', '--fuel', '0.125'), ISLANDS), *((('quote', '--profile', name), PROFILED) for name in PROFILES),
])
verifier.guard('no-conflict-markers', no_markers)
verifier.guard('both-sides-live', decided(sides_live))
verifier.check('merge-commit-of-both-tips', 2, is_merge)
verifier.check('quotes-of-both-branches', 2, decided(quotes_of_both))
verifier.check('volume-is-charged', 3, decided(by_volume))
verifier.check('consignments-by-weight', 3, decided(together))
verifier.check('ferries-burn-twice-the-fuel', 3, decided(by_ferry))
verifier.check('profiles-mean-what-they-meant', 2, decided(by_profile))
verifier.check('tests-of-both-branches', 1, decided(tests_of_both))
verifier.finish()
