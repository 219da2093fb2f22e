// The official TypeScript client of the Model Context Protocol, and the inspector's command line, against our tools.
// Usage: node agents.mjs FOLDER_WITH_NODE_MODULES URL_OF_THE_TOOLS [PROGRAM ARGUMENT …]; the program serves the same
// tools over standard input and output. Prints one line of JSON for each check.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder, url, program, ...words] = process.argv.slice(2);
const modules = path.join(folder, 'node_modules');
const load = (file) => import(pathToFileURL(path.join(modules, '@modelcontextprotocol/sdk/dist/esm', file)).href);
const { Client } = await load('client/index.js');
const { StdioClientTransport } = await load('client/stdio.js');
const { StreamableHTTPClientTransport } = await load('client/streamableHttp.js');

const TOOLS = [
    'generate_image', 'edit_image', 'outpaint_image', 'upscale_image', 'generate_video', 'get_image', 'list_models',
    'inspect', 'get_job', 'cancel_job',
];
const MODEL = 'sd_v1.5_f16.ckpt';
const SMALL = { model: MODEL, width: 128, height: 128, steps: 2, seed: 7 };
const MOST_BYTES = 1_000_000;

const expect = (held, what) => { if (!held) throw new Error(what); };
const facts = (answer) => JSON.parse(answer.content[0].text);
const call = (client, name, given, options) => client.callTool({ name, arguments: given }, undefined, options);
const pictures = (answer) => answer.content.filter((each) => each.type === 'image');

const transports = {
    ...(program && { stdio: () => new StdioClientTransport({ command: program, args: words, stderr: 'ignore' }) }),
    HTTP: () => new StreamableHTTPClientTransport(new URL(url)),
};

const checks = {
    async 'tools, resources and prompts are listed'(client) {
        const { tools } = await client.listTools();
        expect(JSON.stringify(tools.map((each) => each.name)) === JSON.stringify(TOOLS), JSON.stringify(tools));
        expect(tools.every((each) => each.annotations.destructiveHint === false), 'an annotation is missing');
        expect((await client.listResources()).resources.some((each) => each.uri === 'drawthings://models'), 'resource');
        expect((await client.listResourceTemplates()).resourceTemplates.length === 1, 'template');
        expect((await client.listPrompts()).prompts.length === 3, 'prompts');
    },
    async 'models are listed'(client) {
        const answer = await call(client, 'list_models', { query: 'v1.5' });
        expect(answer.structuredContent.entries.some((each) => each.file === MODEL), 'the model is not listed');
    },
    async 'a picture, with progress'(client) {
        const told = [];
        const options = { onprogress: (each) => told.push(each.progress), resetTimeoutOnProgress: true };
        const answer = await call(client, 'generate_image', { prompt: 'a red fox', ...SMALL }, options);
        expect(!answer.isError && pictures(answer).length === 1, answer.content[0].text);
        expect(answer.structuredContent === undefined, 'hosts would show the structured part only');
        expect(told.length > 0 && told.every((each, at) => at === 0 || each > told[at - 1]), JSON.stringify(told));
    },
    async 'an edit of it by its id, and its whole file as a resource'(client) {
        const first = facts(await call(client, 'generate_image', { prompt: 'a red fox', ...SMALL }));
        const { id, uri } = first.results[0];
        const edited = await call(client, 'edit_image', {
            image: id, instruction: 'make it winter', model: MODEL, steps: 2, strength: 0.5, seed: 7,
        });
        expect(!edited.isError && pictures(edited).length === 1, edited.content[0].text);
        const { contents } = await client.readResource({ uri });
        const bytes = Buffer.from(contents[0].blob, 'base64');
        expect(contents[0].mimeType === 'image/png' && bytes.subarray(1, 4).toString() === 'PNG', 'no PNG');
    },
    async 'four large pictures stay below a megabyte'(client) {
        const given = { prompt: 'a city', model: MODEL, width: 1024, height: 1024, steps: 1, count: 4, seed: 1 };
        const answer = await call(client, 'generate_image', given);
        expect(pictures(answer).length === 4, answer.content[0].text);
        const size = Buffer.byteLength(JSON.stringify(answer));
        expect(size < MOST_BYTES, `${size} bytes`);
    },
    async 'an aborted call ends the job'(client) {
        const leaving = new AbortController();
        const given = { prompt: 'a slow fox', ...SMALL, steps: 100, wait_seconds: 600 };
        const options = { signal: leaving.signal, onprogress: () => leaving.abort() };
        const left = await call(client, 'generate_image', given, options).then(() => 'answered', () => 'left');
        expect(left === 'left', left);
        // One generation at a time: this one would wait behind the other if that still ran.
        const next = await call(client, 'generate_image', { prompt: 'next', ...SMALL, wait_seconds: 20 });
        expect(facts(next).state === 'done', next.content[0].text);
    },
    async 'a job that is not waited for goes on'(client) {
        const begun = facts(await call(client, 'generate_image', { prompt: 'later', ...SMALL, wait_seconds: 0 }));
        const answer = await call(client, 'get_job', { id: begun.job });
        expect(facts(answer).state === 'done' && pictures(answer).length === 1, answer.content[0].text);
    },
    async 'what is wrong is said in words'(client) {
        const answer = await call(client, 'generate_image', { prompt: 'a fox', model: 'no such model' });
        expect(answer.isError && facts(answer).error === 'ModelNotFound' && facts(answer).hint, answer.content[0].text);
        const path = await call(client, 'inspect', { image: '/etc/passwd' });
        expect(path.isError && facts(path).error === 'NotAllowed', path.content[0].text);
    },
};

const inspector = (...given) => new Promise((done, fail) => {
    const started = spawn(path.join(modules, '.bin', 'mcp-inspector'), ['--cli', ...given]);
    let said = '';
    let trouble = '';
    started.stdout.on('data', (each) => { said += each; });
    started.stderr.on('data', (each) => { trouble += each; });
    started.on('close', (code) => (code ? fail(new Error(trouble || said)) : done(JSON.parse(said))));
});
const overHttp = (...given) => inspector(url, '--transport', 'http', ...given);

const inspections = {
    async 'inspector: tools/list over HTTP'() {
        const { tools } = await overHttp('--method', 'tools/list');
        expect(tools.length === TOOLS.length, JSON.stringify(tools));
    },
    async 'inspector: tools/call over HTTP'() {
        const given = ['--tool-name', 'generate_image', '--tool-arg', 'prompt=a fox', `model=${MODEL}`, 'steps=1'];
        const answer = await overHttp('--method', 'tools/call', ...given, 'width=128', 'height=128');
        expect(pictures(answer).length === 1, JSON.stringify(answer).slice(0, 500));
    },
    async 'inspector: resources/list over HTTP'() {
        const { resources } = await overHttp('--method', 'resources/list');
        expect(resources[0].uri === 'drawthings://models', JSON.stringify(resources));
    },
    ...(program && {
        async 'inspector: tools/list over stdio'() {
            const { tools } = await inspector(program, ...words, '--method', 'tools/list');
            expect(tools.length === TOOLS.length, JSON.stringify(tools));
        },
    }),
};

const judged = async (name, check) => {
    let trouble = '';
    try { await check(); } catch (error) { trouble = String(error.message || error); }
    console.log(JSON.stringify({ name, passed: !trouble, trouble }));
};
for (const [way, open] of Object.entries(transports)) {
    const client = new Client({ name: 'conformance', version: '1' });
    await client.connect(open());
    for (const [name, check] of Object.entries(checks)) await judged(`${way}: ${name}`, () => check(client));
    await client.close();
}
for (const [name, check] of Object.entries(inspections)) await judged(name, check);
process.exit(0);
