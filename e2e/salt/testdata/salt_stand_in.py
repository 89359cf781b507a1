"""What Salt does between a state file and the list of states that a minion carries out, as far as khagen's states need it.

Salt itself isn't there: Debian 12 has no package of it. This stands in for salt.utils.templates.render_jinja_tmpl (environment,
extensions, trailing newline), salt.utils.jinja (import_json, the loader of salt://), salt.state (include, ids, requisites).
"""

import json
import os

import jinja2
import jinja2.ext
import jinja2.nodes
import jinja2.sandbox
import yaml


class Serializer(jinja2.ext.Extension):
    """import_json of Salt's SerializerExtension: an import whose text is read as JSON."""

    tags = {"import_json"}

    def parse(self, parser):
        node = parser.parse_import()
        target, line = node.target, node.lineno
        read = jinja2.nodes.Filter(
            jinja2.nodes.Name(target, "load").set_lineno(line), "load_json", [], [], None, None
        ).set_lineno(line)
        return [node, jinja2.nodes.Assign(jinja2.nodes.Name(target, "store").set_lineno(line), read).set_lineno(line)]


def find(roots, path):
    """salt://path: the first root that has it."""
    for root in roots:
        name = os.path.join(root, path.removeprefix("salt://").lstrip("/"))
        if os.path.isfile(name):
            return name
    return None


class Loader(jinja2.BaseLoader):
    """Templates from the roots of the file server."""

    def __init__(self, roots):
        self.roots = roots

    def get_source(self, environment, template):
        name = find(self.roots, template)
        if name is None:
            raise jinja2.TemplateNotFound(template)
        with open(name, encoding="utf-8", newline="") as f:
            return f.read(), name, None


class Compiled(jinja2.BytecodeCache):
    """What Jinja made of a template, for the next minion. Salt has no such thing; it only takes time."""

    seen = {}

    def load_bytecode(self, bucket):
        bucket.code = self.seen.get(bucket.key + bucket.checksum)

    def dump_bytecode(self, bucket):
        self.seen[bucket.key + bucket.checksum] = bucket.code

    @classmethod
    def text(cls, environment, text, options):
        """environment.from_string."""
        key = text, tuple(sorted(options.items()))
        if key not in cls.seen:
            cls.seen[key] = environment.compile(text)
        return environment.template_class.from_code(environment, cls.seen[key], environment.make_globals(None))


def render(text, roots, context, **options):
    """render_jinja_tmpl. Jinja takes the last newline away, Salt gives it back; options are those of the minion's jinja_env."""
    environment = jinja2.sandbox.SandboxedEnvironment(
        undefined=jinja2.StrictUndefined,
        loader=Loader(roots),
        bytecode_cache=Compiled(),
        extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols", Serializer],
        **options,
    )
    environment.filters["load_json"] = lambda module: json.loads(str(module))
    environment.globals.update(context)
    out = Compiled.text(environment, text, options).render(**context)
    return out + "\n" if text.endswith("\n") else out


class Strict(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """YAML as Salt reads it, in C where there is one: an id that stands there twice is an error."""


def mapping(loader, node, deep=False):
    seen = set()
    for key, _ in node.value:
        name = loader.construct_object(key, deep=True)
        if name in seen:
            raise yaml.constructor.ConstructorError(None, None, f"{name!r} stands there twice", key.start_mark)
        seen.add(name)
    return yaml.SafeLoader.construct_mapping(loader, node, deep)


Strict.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, lambda loader, node: mapping(loader, node, True))


def traverse(data, path, default=""):
    for part in path.split(":"):
        if not isinstance(data, dict) or part not in data:
            return default
        data = data[part]
    return data


def context(minion, pillar, roots, saltenv):
    """What Salt's templates see."""

    def file_text(path, env="base"):
        if env != saltenv:
            raise ValueError(f"{path} is asked for in {env}, not in {saltenv}")
        name = find(roots, path)
        if name is None:
            return ""
        with open(name, encoding="utf-8", newline="") as f:
            return f.read()

    return {
        "salt": {"pillar.get": lambda path, default="": traverse(pillar, path, default), "cp.get_file_str": file_text},
        "pillar": pillar,
        "grains": {"id": minion, "cpuarch": "x86_64"},
        "saltenv": saltenv,
        "opts": {},
    }


def source(roots, sls):
    path = sls.replace(".", "/")
    name = find(roots, path + ".sls") or find(roots, path + "/init.sls")
    if name is None:
        raise FileNotFoundError(f"no state file for {sls}")
    with open(name, encoding="utf-8", newline="") as f:
        return f.read()


def data(roots, sls, names):
    """One state file, rendered and parsed."""
    text = render(source(roots, sls), roots, dict(names, sls=sls))
    return yaml.load(text, Loader=Strict) or {}


def states(roots, wanted, names):
    """The states of some files in the order in which they are carried out: what a file includes comes before it, once."""
    done, chunks = set(), []

    def add(sls):
        if sls in done:
            return
        done.add(sls)
        high = data(roots, sls, names)
        for other in high.pop("include", []):
            add(other)
        for name, body in high.items():
            if isinstance(body, str):
                body = {body: []}
            if len(body) != 1:
                raise ValueError(f"{sls}: {name} has {len(body)} functions")
            for function, arguments in body.items():
                given = {}
                for argument in arguments or []:
                    if not isinstance(argument, dict) or len(argument) != 1:
                        raise ValueError(f"{sls}: {name}: {argument!r} isn't one argument")
                    key = next(iter(argument))
                    if key in given:
                        raise ValueError(f"{sls}: {name}: {key} stands there twice")
                    given.update(argument)
                if any(chunk["id"] == name for chunk in chunks):
                    raise ValueError(f"{sls}: {name} is an id of another file, too")
                chunks.append({"sls": sls, "id": name, "function": function, "args": given})

    for sls in wanted:
        add(sls)
    return chunks
