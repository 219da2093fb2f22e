// SillyTavern's own request code against a gateway: what its page asks of its server, its server asks of the gateway.
// Usage: node sillytavern.mjs FOLDER_OF_THE_PACKAGE URL_OF_THE_GATEWAY; prints one line of JSON for each check.
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder, gateway] = process.argv.slice(2);
const load = (file) => import(pathToFileURL(path.join(folder, file)).href);
const express = createRequire(path.join(folder, 'package.json'))('express');

const { setConfigFilePath } = await load('src/util.js');
setConfigFilePath(path.join(folder, 'default', 'config.yaml'));
const { router } = await load('src/endpoints/stable-diffusion.js');
console.error = () => {};
console.debug = () => {};
console.info = () => {};

const app = express();
app.use(express.json({ limit: '64mb' }));
app.use('/api/sd', router);
const server = await new Promise((done) => { const made = app.listen(0, '127.0.0.1', () => done(made)); });
const own = `http://127.0.0.1:${server.address().port}/api/sd`;

const post = (name, body = {}, options = {}) => fetch(`${own}/${name}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ url: gateway, auth: '', ...body }),
    ...options,
});
const answered = async (name, body) => {
    const response = await post(name, body);
    if (!response.ok) throw new Error(`${name}: ${response.status} ${await response.text()}`);
    return response;
};
const expect = (held, what) => { if (!held) throw new Error(what); };
const isPng = (text) => Buffer.from(text, 'base64').subarray(1, 4).toString() === 'PNG';
const progress = async () => (await fetch(`${gateway}/sdapi/v1/progress`)).json();
const until = async (held, tries = 200) => {
    for (let each = 0; each < tries; each++) {
        if (await held()) return;
        await new Promise((done) => setTimeout(done, 25));
    }
    throw new Error('it did not come to pass');
};

const MODEL = 'sd_v1.5_f16.ckpt';
const asPage = {
    prompt: 'a red fox', negative_prompt: 'blurry', sampler_name: 'Euler a', scheduler: 'automatic', steps: 4,
    cfg_scale: 7, width: 256, height: 256, restore_faces: false, enable_hr: false, hr_upscaler: 'Latent', hr_scale: 1.5,
    hr_additional_modules: [], denoising_strength: 0.7, hr_second_pass_steps: 0, seed: 5,
    override_settings: { CLIP_stop_at_last_layers: 1, forge_additional_modules: ['x'] },
    override_settings_restore_afterwards: true, clip_skip: 1, save_images: true, send_images: true,
    do_not_save_grid: false, do_not_save_samples: false,
};

const checks = {
    async 'A1111: ping'() { await answered('ping'); },
    async 'A1111: upscalers, none first and the latent ones after it'() {
        const names = await (await answered('upscalers')).json();
        expect(names[0] === 'None' && names[1] === 'Latent' && names.includes('Remacri'), JSON.stringify(names));
    },
    async 'A1111: vaes'() { expect(Array.isArray(await (await answered('vaes')).json()), 'no list'); },
    async 'A1111: samplers'() { expect((await (await answered('samplers')).json()).includes('UniPC'), 'no UniPC'); },
    async 'A1111: schedulers'() { expect((await (await answered('schedulers')).json()).includes('karras'), 'no karras'); },
    async 'A1111: models, set-model, get-model'() {
        const models = await (await answered('models')).json();
        expect(models.some((each) => each.value === MODEL), 'the model is not listed');
        await answered('set-model', { model: MODEL });
        expect(await (await answered('get-model')).text() === MODEL, 'another model is chosen');
    },
    async 'A1111: generate, and its password stays with it'() {
        const answer = await (await answered('generate', { ...asPage, auth: 'me:secret' })).text();
        expect(isPng(JSON.parse(answer).images[0]), 'no picture');
        expect(!answer.includes('secret'), 'the password came back');
        expect(JSON.parse(JSON.parse(answer).info).seed === 5, 'another seed');
    },
    async 'A1111: leaving ends the job'() {
        const leaving = new AbortController();
        const left = post('generate', { ...asPage, steps: 60, seed: 6 }, { signal: leaving.signal }).catch(() => null);
        await until(async () => (await progress()).state.job_count > 0);
        leaving.abort();
        await left;
        await until(async () => (await progress()).state.job_count === 0);
    },
    async 'stable-diffusion.cpp: ping'() { await answered('sdcpp/ping'); },
    async 'stable-diffusion.cpp: models'() {
        const { data } = await (await answered('sdcpp/models')).json();
        expect(data.some((each) => each.id === MODEL), 'the model is not listed');
    },
    async 'stable-diffusion.cpp: generate'() {
        const body = { ...asPage, model: MODEL, sampler_name: 'euler_a', scheduler: 'discrete', batch_size: 1 };
        const { images } = await (await answered('sdcpp/generate', body)).json();
        expect(isPng(images[0]), 'no picture');
    },
    async 'Draw Things: ping'() { await answered('drawthings/ping'); },
    async 'Draw Things: model and upscaler'() {
        expect((await (await answered('drawthings/get-model')).text()).endsWith('.ckpt'), 'no model');
        await answered('drawthings/get-upscaler');
    },
    async 'Draw Things: generate with every sampler of its list'() {
        const names = ['UniPC', 'DPM++ 2M Karras', 'Euler a', 'DPM++ SDE Karras', 'PLMS', 'DDIM', 'LCM', 'TCD'];
        for (const sampler_name of [...names, 'Euler A Substep', 'DPM++ SDE Substep']) {
            const body = { ...asPage, sampler_name, upscaler_scale: 1.5 };
            const { images } = await (await answered('drawthings/generate', body)).json();
            expect(isPng(images[0]), sampler_name);
        }
    },
    async 'a refusal is no success'() {
        expect((await post('generate', { ...asPage, sampler_name: 'Heun' })).status === 500, 'it was taken');
    },
};

for (const [name, check] of Object.entries(checks)) {
    let trouble = '';
    try { await check(); } catch (error) { trouble = String(error.message || error); }
    console.log(JSON.stringify({ name, passed: !trouble, trouble }));
}
server.close();
process.exit(0);
